from odoo import api, models

from ..tools.merge import follow_merge


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields_generic(self, referenced_model, src_records, dst_record, *args, **kwargs):
        """Let the lines of captured emails follow their messages. Odoo's list of further models misses all but one."""
        result = super()._update_reference_fields_generic(referenced_model, src_records, dst_record, *args, **kwargs)
        follow_merge(src_records, dst_record)
        return result
