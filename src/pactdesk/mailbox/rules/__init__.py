"""What a received mail is, says and may do. Pure.

`parsing` reads the bytes and never raises; `plain_text` makes text of HTML; `quoting` keeps what the person wrote and
leaves out what they answered; `automatic` tells machines from people; `sender` says whom a mail is from, if that is
proven.
"""
