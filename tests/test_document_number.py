"""Numbers in a subject, without any lookup."""

import time

from odoo.tests import BaseCase, tagged

from ..tools.document_number import DOCUMENTS, MAX_NUMBERS, DocumentKind, find_numbers

TICKETS = DocumentKind("helpdesk.ticket", field="ticket_ref", words=("ticket",))

NUMBERS = [
    ("Our offer", []),
    ("", []),
    ("Order S00042", [("S00042", "sale.order")]),
    ("order s00042", [("s00042", "sale.order")]),
    ("Re:(S00042), please", [("S00042", "sale.order")]),
    ("Delivery of S00042.", [("S00042", "sale.order")]),
    ("Order\n  S00042", [("S00042", "sale.order")]),
    ("Invoice INV/2026/00012", [("INV/2026/00012", "account.move sale.order")]),
    ("INV/2025-2026/0012 and BNK1/2026/11/0003",
     [("INV/2025-2026/0012", "account.move sale.order"), ("BNK1/2026/11/0003", "account.move sale.order")]),
    ("SO/00042", [("SO/00042", "account.move sale.order")]),
    ("[TASK-45] Logo", [("[TASK-45]", "project.task")]),
    ("[TASK-4567] Logo", [("[TASK-4567]", "project.task")]),
    ("[Task 45], [task #45], task #45, tasks #45",
     [("[Task 45]", "project.task"), ("[task #45]", "project.task"), ("task #45", "project.task")]),
    ("[lead 42]", [("[lead 42]", "crm.lead")]),
    ("[Lead: 42]", [("[Lead: 42]", "crm.lead")]),
    ("[ opportunity #42 ] Offer", [("[ opportunity #42 ]", "crm.lead")]),
    ("[Ticket 7] Printer", [("[Ticket 7]", "helpdesk.ticket")]),
    ("[#123] Printer", [("[#123]", "bare")]),
    ("[#7]", [("[#7]", "bare")]),
    ("Offer #42", [("#42", "bare")]),
    ("#42: offer", [("#42", "bare")]),
    ("Offer #7", [("#7", "bare")]),
    ("Offer #10", [("#10", "bare")]),
    ("Fwd: (#42)", [("#42", "bare")]),
    ("[Acme #42] Offer", [("#42", "bare")]),
    # no numbers
    ("We are #1!", []),
    ("#1", []),
    ("C#42, &#42; and a#42", []),
    ("#42nd", []),
    ("#42-7", []),
    ("#42.5 percent", []),
    ("##42", []),
    ("#1234567890", []),
    ("XS00042X", []),
    ("S00042-1", []),
    ("A/S00042", []),
    ("S42", []),
    ("PROJ-1234, ISO-9001, UTF-8, COVID-19, 24/7, 11/27/2026", []),
    ("lead 42 of the team", []),
    ("[lead 1234567890]", []),
    ("mislead #42x", []),
    # of something else
    ("Invoice #4242, PR #42, pull request #43", []),
]  # fmt: skip
"""Subjects, and what they name: texts with models; `bare` if no kind is told."""


@tagged("post_install", "-at_install")
class TestDocumentNumber(BaseCase):
    def _find(self, subject, kinds=(*DOCUMENTS, TICKETS)):
        return [
            (number.text, "bare" if number.is_bare else " ".join(sorted(kind.model for kind in number.values)))
            for number in find_numbers(subject, kinds)
        ]

    def test_numbers(self):
        for subject, expected in NUMBERS:
            with self.subTest(subject):
                self.assertEqual(self._find(subject), expected)

    def test_values(self):
        for subject, expected in [("[TASK-045]", "045"), ("task #45", "45"), ("Order S00042", "S00042"), ("[#7]", "7")]:
            [number] = find_numbers(subject, DOCUMENTS)
            with self.subTest(subject):
                self.assertEqual(set(number.values.values()), {expected})

    def test_bare(self):
        """A bare number may belong to each kind that is named by words, but not to one with a pattern only."""
        [number] = find_numbers("#42", (*DOCUMENTS, TICKETS))
        self.assertEqual({kind.model for kind in number.values}, {"crm.lead", "helpdesk.ticket", "project.task"})

    def test_other_kinds(self):
        """A number behind the word of a kind is no bare number of another one."""
        self.assertEqual(self._find("task #45"), [("task #45", "project.task")])
        self.assertEqual(self._find("Ticket #45", DOCUMENTS), [], "of another system")

    def test_few(self):
        subject = " ".join(f"S{number:05}" for number in range(10))
        self.assertEqual([text for text, _model in self._find(subject)], ["S00000", "S00001", "S00002"])
        self.assertEqual(len(self._find("[lead 1] task #22 #33 S00004")), MAX_NUMBERS)

    def test_further_patterns(self):
        """Patterns of other addons may have groups, and may match nothing at all."""
        kinds = [DocumentKind("x", pattern=r"(A|B)-(\d+)"), DocumentKind("y", pattern=r"\d*")]
        numbers = find_numbers("See A-17, 5 of them", kinds)
        self.assertEqual([list(number.values.values()) for number in numbers], [["A-17"], ["5"]])

    def test_time(self):
        """Senders choose subjects."""
        for hostile in ("[lead " * 500_000, "A/11-" * 500_000, "#" * 2_000_000, "[ # " * 500_000, " " * 2_000_000):
            started = time.process_time()
            find_numbers(hostile, DOCUMENTS)
            with self.subTest(hostile[:5]):
                self.assertLess(time.process_time() - started, 0.5)
