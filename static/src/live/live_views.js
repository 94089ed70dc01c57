import {useBccDropboxChanges} from "./changes_hook";

import {registry} from "@web/core/registry";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {listView} from "@web/views/list/list_view";

/**
 * Return a list or kanban view of captured emails that shows changes at once.
 *
 * @param {Object} view as in the registry of views
 * @returns {Object}
 */
export function withChanges(view) {
    class Controller extends view.Controller {
        setup() {
            super.setup();
            useBccDropboxChanges(() => this.reloadUnlessSelecting());
        }

        /** Reload the page of the list, unless rows are selected: the user would lose the selection. */
        async reloadUnlessSelecting() {
            if (!this.model.root.selection?.length) {
                await this.model.load();
            }
        }
    }
    return {...view, Controller};
}

registry.category("views").add("bcc_dropbox_email_list", withChanges(listView));
registry.category("views").add("bcc_dropbox_email_kanban", withChanges(kanbanView));
