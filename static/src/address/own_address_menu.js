import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** In the menu of the user, after their preferences. */
registry.category("user_menuitems").add("bcc_dropbox_address", ({services: {bcc_dropbox_address: ownAddress}}) => ({
    type: "item",
    id: "bcc_dropbox_address",
    description: _t("Copy My BCC Address"),
    callback: () => {
        ownAddress.copy();
    },
    show: () => ownAddress.state.isPermitted,
    sequence: 51,
}));

/** In the command palette (Ctrl+K), which closes at once: the action returns nothing to wait for. */
registry.category("command_provider").add("bcc_dropbox_address", {
    provide: ({services: {bcc_dropbox_address: ownAddress}}) =>
        ownAddress.state.isPermitted
            ? [
                  {
                      name: _t("Copy My BCC Address"),
                      category: "smart_action",
                      action: () => {
                          ownAddress.copy();
                      },
                  },
              ]
            : [],
});
