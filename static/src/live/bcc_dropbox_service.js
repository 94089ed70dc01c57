import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {debounce} from "@web/core/utils/timing";

import {EventBus, reactive} from "@odoo/owl";

/** Milliseconds during which further changes are collected. */
export const PAUSE = 400;

/**
 * What the pages of a user share about their captured emails.
 *
 * - `state.toDo`: number of emails that need an action; null until it is known, and for users without a BCC address
 * - `bus`: triggers `changed` with `{emailIds}` after emails of the user were logged or changed, here or anywhere else,
 *   and `arrived` with `{logged, problems}`, lists of ids, after emails of the user arrived
 * - `refresh()`: reads the number again
 */
export const bccDropboxService = {
    dependencies: ["bus_service", "mail.store", "orm"],

    start(_env, {bus_service: busService, "mail.store": store, orm}) {
        const state = reactive({toDo: null});
        const bus = new EventBus();
        const refresh = async () => {
            if (await user.hasGroup("crm_bcc_dropbox.group_bcc_dropbox_user")) {
                state.toDo = await orm.silent.call("crm.bcc.dropbox.email", "get_to_do_count", []);
            }
        };
        bus.addEventListener("changed", debounce(refresh, PAUSE, {leading: true, trailing: true}));
        busService.subscribe("crm_bcc_dropbox.emails", async ({changed = [], logged = [], problems = []}, {id}) => {
            await store.isReady;
            if (id <= store.bcc_dropbox_bus_id) {
                return; // a new connection receives what the bus sent shortly before this page was made
            }
            bus.trigger("changed", {emailIds: changed});
            if (logged.length || problems.length) {
                bus.trigger("arrived", {logged, problems});
            }
        });
        refresh();
        return {state, bus, refresh};
    },
};

registry.category("services").add("bcc_dropbox", bccDropboxService);
