import {withOwnAddress} from "../address/own_address";
import {useBccDropboxChanges} from "../live/changes_hook";
import {mailboxView} from "./mailbox";

import {registry} from "@web/core/registry";
import {kanbanView} from "@web/views/kanban/kanban_view";

/** The cards of captured emails, on phones: they are read again when emails change. */
class EmailKanbanController extends kanbanView.Controller {
    setup() {
        super.setup();
        useBccDropboxChanges(() => this.reloadUnlessSelecting());
    }

    /** Reload the cards, unless some are selected: the user would lose the selection. */
    async reloadUnlessSelecting() {
        await this.model.whenReady;
        if (!this.model.root.selection?.length) {
            // not `model.load`, which would cancel a search that is running
            await this.model.root.load();
        }
    }
}

const emailKanbanView = {...kanbanView, Controller: EmailKanbanController};

registry.category("views").add("bcc_dropbox_mailbox", withOwnAddress(mailboxView));
registry.category("views").add("bcc_dropbox_email_kanban", withOwnAddress(emailKanbanView));
