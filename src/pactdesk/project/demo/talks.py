"""What was said about the requests of the demo world, and how some of them ended."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.rules.files import Place
from pactdesk.cases.rules.outcomes import NON_DECREMENT, PRODUCT_FAULT
from pactdesk.cases.rules.status import Move
from pactdesk.cases.services import conversation, ending, files, work
from pactdesk.kernel.ids import new_key


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that comes along, as text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody writes, `after` the request was sent; an engineer may wait for the answer `then`, or think it solved."""

    by: str
    after: timedelta
    text: str
    then: Move | None = None
    files: tuple[Enclosed, ...] = ()

    def happen(self, number: int, actor: Viewer, at: datetime) -> None:
        place = Place(number=number, at_desk=actor.works_at_desk)
        enclosed = _send(self.files, place, actor, at)
        if actor.works_at_desk:
            conversation.answer(
                number,
                self.text,
                key=new_key(),
                seen=None,
                then=self.then,
                files=enclosed,
                actor=actor,
                at=at,
            )
        else:
            conversation.reply(number, self.text, key=new_key(), files=enclosed, actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class Noted:
    """An engineer leaves a note that only the desk reads."""

    by: str
    after: timedelta
    text: str
    files: tuple[Enclosed, ...] = ()

    def happen(self, number: int, actor: Viewer, at: datetime) -> None:
        place = Place(number=number, at_desk=True, internal=True)
        enclosed = _send(self.files, place, actor, at)
        conversation.note(number, self.text, key=new_key(), files=enclosed, actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class TakenUp:
    """An engineer owns the request from now on."""

    by: str
    after: timedelta

    def happen(self, number: int, actor: Viewer, at: datetime) -> None:
        work.assign(number, actor.account_id, seen=None, actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class Closed:
    """A contact closes the request, and it counts; or an engineer does, and it does not, out of a `cause`."""

    by: str
    after: timedelta
    reason: str
    cause: str = ""

    def happen(self, number: int, actor: Viewer, at: datetime) -> None:
        if actor.works_at_desk:
            ending.close(
                number,
                outcome=NON_DECREMENT,
                cause=self.cause,
                reason=self.reason,
                seen=None,
                actor=actor,
                at=at,
            )
        else:
            ending.close_by_contact(number, reason=self.reason, actor=actor, at=at)


Step = Said | Noted | TakenUp | Closed
_H, _M = timedelta(hours=1), timedelta(minutes=1)


def _send(enclosed: Iterable[Enclosed], place: Place, actor: Viewer, at: datetime) -> tuple[uuid.UUID, ...]:
    sent = []
    for each in enclosed:
        data = each.text.encode()
        sent.append(files.store(place, each.name, io.BytesIO(data), len(data), actor=actor, at=at).id)
    return tuple(sent)


# What the engineers write again and again, by name and language.
SAVED_REPLIES: Mapping[str, Mapping[str, str]] = {
    "Ask for the log": {
        "en": "Please send us the log of the hour in which it happened, and tell us when exactly that was.",
        "fr": "Merci de nous envoyer le journal de l’heure où cela s’est produit, et de nous dire quand exactement.",
        "cs": "Pošlete nám prosím protokol z hodiny, kdy se to stalo, a napište nám přesný čas.",
        "vi": "Vui lòng gửi cho chúng tôi nhật ký của giờ xảy ra sự cố và cho biết thời điểm chính xác.",
    },
    "A known fault": {
        "en": "This is a known fault of the product. The next update mends it, and the incident is not counted.",
        "fr": "C’est un défaut connu du produit. La prochaine mise à jour le corrige ; l’incident n’est pas décompté.",
        "cs": "Je to známá chyba produktu. Opraví ji příští aktualizace a incident se neodečte.",
        "vi": "Đây là lỗi đã biết của sản phẩm. Bản cập nhật tới sẽ sửa lỗi và sự cố này không bị tính.",
    },
}

# By the summaries of their requests. What nobody has said anything about yet is not here.
TALKS: Mapping[str, tuple[Step, ...]] = {
    # Closed by its requester; it counts.
    "Mail to customers waits in the queue for hours": (
        TakenUp("ines", 25 * _M),
        Said(
            "ines",
            40 * _M,
            "That the messages went through for ten minutes after the restart speaks for the firewall. Could you run "
            "this on the server?\n\n    Test-NetConnection mail.example -Port 25",
            Move.ASK,
        ),
        Said("carla", 3 * _H, "TcpTestSucceeded : False\n\nFrom my own computer it is True."),
        Said(
            "ines",
            4 * _H,
            "That settles it: the new firewall lets everybody out on port 25 but the server. Please ask your provider "
            "to allow it. The queue then empties by itself.",
            Move.ASK,
        ),
        Said("carla", 26 * _H, "They changed it an hour ago, and the queue is down to 40."),
        Closed("carla", 48 * _H, "The queue is empty and stays so. Our provider had forgotten one rule."),
    ),
    # Solved, and not yet closed.
    "The weekly harvest report ends with a timeout": (
        TakenUp("ines", 2 * _H),
        Said(
            "ines",
            5 * _H,
            "At that hour the report shares the server with the backup. An index on the date of harvest would help, "
            "and the backup an hour later.",
            Move.ASK,
        ),
        Said(
            "carla",
            24 * _H,
            "We have added the index. The query takes 4 seconds now; the plan is enclosed.",
            files=(
                Enclosed(
                    "query-plan.txt",
                    "Rows  Estimated  Operator\n"
                    "   1          1  Stream Aggregate\n"
                    "4120       4095  Index Seek (harvest_date_ix)\n",
                ),
            ),
        ),
        Said(
            "ines",
            30 * _H,
            "That is what it should look like. Let us wait for the next report, and see.",
            Move.ASK,
        ),
        Said("carla", 98 * _H, "It came in 20 seconds."),
        Said("ines", 99 * _H, "Then I think this is solved. If it is not, write here.", Move.RESOLVE),
    ),
    "Les appels vers l’extérieur échouent une fois sur trois": (
        TakenUp("ines", 20 * _M),
        Said(
            "ines",
            1 * _H,
            "Bonjour Rafael, une fois sur trois fait penser à l’une de vos trois passerelles. Pouvez-vous joindre le "
            "journal de celle de Villeurbanne ?",
            Move.ASK,
        ),
        Said(
            "rafael",
            4 * _H,
            "Le voici. C’est bien celle-là : elle utilise encore l’ancien certificat.",
            files=(
                Enclosed(
                    "passerelle-villeurbanne.log",
                    "TLS handshake failed: certificate expired\n503 Service unavailable\n",
                ),
            ),
        ),
        Said("ines", 5 * _H, "Remplacez-le par le nouveau, puis redémarrez la passerelle.", Move.ASK),
        Said("rafael", 27 * _H, "Fait hier soir, et plus un seul échec depuis."),
        Closed("rafael", 30 * _H, "Le certificat d’une passerelle avait expiré."),
    ),
    # Closed by the desk; the incident was given back.
    "The nightly backup of our file server stops at 80 percent": (
        TakenUp("ines", 50 * _M),
        Said("ines", 1 * _H, "Does it stop at the same file each night?", Move.ASK),
        Said("cem", 6 * _H, "It is another file each time, but always after about 3.2 TB."),
        Noted(
            "ines",
            7 * _H,
            "Third one this month with sectors of 4,096 bytes. Known fault, mended in the next update.",
            files=(Enclosed("known-fault.txt", "Sectors of 4,096 bytes: the writer counts in 512.\n"),),
        ),
        Said(
            "ines",
            8 * _H,
            "This is a fault of the product with disks like yours. The next update mends it. Until then a partition of "
            "2.9 TB is a way round it.",
            Move.ASK,
        ),
        Said("cem", 48 * _H, "With the smaller partition it has worked for two nights."),
        Closed("ines", 51 * _H, "A fault of the product. The incident is yours again.", PRODUCT_FAULT),
    ),
    # In progress.
    "Moving two branch offices to the new directory": (
        TakenUp("ines", 1 * _H),
        Said(
            "ines",
            6 * _H,
            "I would move Volos first. How many printers are shared by a server, is there a line between the offices, "
            "and who can be on site?",
            Move.ASK,
        ),
        Said(
            "carla",
            100 * _H,
            "Four printers, all in Patras. The offices see each other only through Kalamata. I can be in Volos on any "
            "day.",
        ),
        Said(
            "ines",
            101 * _H,
            "Then Volos goes first: a new controller there, a week of watching, the printers last. I am writing the "
            "plan down, with a way back for each step, and send it tomorrow.",
        ),
    ),
    # Waiting for its requester.
    "Search does not find documents added since last week": (
        TakenUp("ines", 3 * _H),
        Said(
            "ines",
            4 * _H,
            "The crawl may write nothing when the disk of the index is full. How much room is left on drive E: of the "
            "search server?",
            Move.ASK,
        ),
    ),
    # Of the service centre, and solved.
    "The key for the second file server is missing": (
        TakenUp("marta", 1 * _H),
        Said(
            "marta",
            3 * _H,
            "It was issued to your headquarters by mistake. We have moved it, and you find it in the list now; the "
            "note about it is enclosed.",
            Move.RESOLVE,
            files=(Enclosed("key-moved.txt", "1 key, Windows Server 2025\nfrom: Kalamata\nto: Patras\n"),),
        ),
    ),
    # Critical, solved, and come again: in progress.
    "Orders stand still: the order database does not come back after a failover": (
        TakenUp("ines", 6 * _M),
        Said(
            "ines",
            14 * _M,
            "We are on it. Touch nothing for the moment. What do both servers say?",
            Move.ASK,
        ),
        Said(
            "cem", 31 * _M, "First server: RESOLVING, FAILED\nSecond server: RESOLVING, Login timeout (35206)"
        ),
        Said(
            "ines",
            44 * _M,
            "The second one has lost its witness. Forcing it would lose at most two minutes. Shall we?",
            Move.ASK,
        ),
        Said("carla", 52 * _M, "Yes, please. Two minutes are nothing against this."),
        Noted("ines", 60 * _M, "Forced the second server; 14 orders to be entered again by hand."),
        Said(
            "ines",
            80 * _M,
            "The second server answers, and orders can be entered again. Please look at the last 14.",
            Move.RESOLVE,
        ),
        Said(
            "carla",
            25 * _H,
            "All 14 are there, thank you! But a quarter of an hour ago the second server lost its witness again, for "
            "two minutes. Orders go on. The log is enclosed.",
            files=(
                Enclosed(
                    "availability.log",
                    "+0.0 s  Lease of the witness expired (error 19407)\n"
                    "+0.1 s  Replica ORDERS-2: PRIMARY -> RESOLVING\n"
                    "+125 s  Replica ORDERS-2: RESOLVING -> PRIMARY\n",
                ),
            ),
        ),
    ),
    # In progress, of another engineer.
    "Drawings take a minute to open in the sail loft": (
        TakenUp("linh", 2 * _H),
        Said(
            "linh",
            3 * _H,
            "Is it the first drawing of the day only, or each one? A minute of measurements would tell a lot: start "
            "perfmon, open a drawing, and send what it wrote.",
            Move.ASK,
        ),
        Said(
            "cem",
            21 * _H,
            "Each one, on the four new computers only. Here is what it wrote.",
            files=(
                Enclosed(
                    "measurements.csv",
                    "second,processor,disk queue\n1,12,0.1\n2,14,31.6\n3,13,40.2\n4,12,38.9\n",
                ),
            ),
        ),
    ),
    # Assigned, and nothing said yet.
    "Labels print blank from remote sessions": (
        TakenUp("linh", 40 * _M),
        Noted(
            "linh",
            1 * _H,
            "Probably the driver that came with the last update. To be tried on our own printer.",
        ),
    ),
}
