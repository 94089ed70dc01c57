from .common import DropboxCommon, tagged


@tagged("post_install", "-at_install")
class TestGateway(DropboxCommon):
    def test_mail_is_filed_on_a_new_lead(self):
        with self.assertSilent():
            email = self._capture(to='"Nora New" <nora@customer.example>')
        lead = self._get_record(email)
        self.assertEqual(lead._name, "crm.lead")
        self.assertEqual(lead.contact_name, "Nora New")
