"""Polling of mail servers that leave out optional commands, or respond in unusual ways."""

from .common import tagged
from .test_poll import PollCommon


@tagged("post_install", "-at_install")
class TestPollOddServers(PollCommon):
    def test_without_uidl_and_top(self):
        """Mails without a readable header have their content as a key; those without both are left."""
        names = ["Neither", "Too large", "Content only", "After"]
        self.env["ir.config_parameter"].sudo().set_param("crm_bcc_dropbox.max_mail_mb", 1)
        mails = [self._write_ordinary(name, body="x\n" * (700_000 if name == "Too large" else 1)) for name in names]
        with self._serve("pop", *mails) as (box, server):
            box.has_uidl, box.without_top, box.without_retr = False, {101, 102, 103}, {101}
            self.assertIsNone(self._poll(server))
            self.assertEqual([self._count(name) for name in names], [0, 0, 1, 1])
            self.assertEqual(box.get_new(), [101, 102])
            box.without_top, box.without_retr = set(), set()
            self.assertIsNone(self._poll(server))
            self.assertEqual([self._count(name) for name in names], [1, 0, 1, 1])
            self.assertEqual(box.get_new(), [102])

    def test_repeated_responses(self):
        """An IMAP server may respond several times: the last number of mails counts, and all results of a search."""
        names = ["First", "Second"]
        with self._serve("imap", *map(self._write_ordinary, names)) as (box, server):
            box.repeats = True
            self.assertIsNone(self._poll(server))
            self.assertEqual([self._count(name) for name in names], [1, 1])
            self.assertFalse(box.get_new())
