import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

import {EventBus, reactive} from "@odoo/owl";

/**
 * What the pages of a user share about their captured emails.
 *
 * - `state.toDo`: number of emails that need an action; null until it is known, and for users without a BCC address
 * - `bus`: triggers `changed` with `{emailIds}` after emails of the user were logged or changed
 * - `refresh()`: reads the number again
 */
export const bccDropboxService = {
    dependencies: ["orm"],

    start(_env, {orm}) {
        const state = reactive({toDo: null});
        const bus = new EventBus();
        const refresh = async () => {
            if (await user.hasGroup("crm_bcc_dropbox.group_bcc_dropbox_user")) {
                state.toDo = await orm.silent.call("crm.bcc.dropbox.email", "get_to_do_count", []);
            }
        };
        bus.addEventListener("changed", refresh);
        refresh();
        return {state, bus, refresh};
    },
};

registry.category("services").add("bcc_dropbox", bccDropboxService);
