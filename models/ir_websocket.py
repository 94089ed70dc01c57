from odoo import models

from ..tools import live


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Subscribe to the open chatters of records that the user may read."""
        return super()._build_bus_channel_list(live.find_channels(self.env, channels))
