import {useBccDropboxChanges} from "../live/changes_hook";
import {ReadingPane} from "./reading_pane";

import {SIZES} from "@web/core/ui/ui_service";
import {useService} from "@web/core/utils/hooks";
import {deepEqual} from "@web/core/utils/objects";
import {useDebounced} from "@web/core/utils/timing";
import {ListController} from "@web/views/list/list_controller";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";

import {onWillUpdateProps, reactive, useEffect, useState, useSubEnv} from "@odoo/owl";

/** Milliseconds to wait for more: while the user holds an arrow key down, or while several emails arrive. */
const PAUSE = 120;

/** The list of captured emails, on a desktop with the email of the current row beside it. */
export class MailboxController extends ListController {
    static template = "crm_bcc_dropbox.MailboxView";
    static components = {...ListController.components, ReadingPane};

    setup() {
        // first: the list and the pane find it in their environment
        this.mailbox = reactive({
            emailId: false,
            show: (record) => this.showEmail(record),
            openPage: () => this.openPage(),
        });
        useSubEnv({bccDropboxMailbox: this.mailbox});
        super.setup();
        this.ui = useState(useService("ui"));
        this.showSoon = useDebounced((record) => this.showEmail(record), PAUSE);
        this.mailbox.showSoon = this.showSoon;
        useBccDropboxChanges(() => this.reload());
        onWillUpdateProps(({domain, groupBy}) => {
            if (!deepEqual([domain, groupBy], [this.props.domain, this.props.groupBy])) {
                this.mailbox.emailId = false; // other emails: begin at the top
            }
        });
        useEffect(
            (firstId) => {
                if (this.hasPane && !this.mailbox.emailId && firstId) {
                    this.mailbox.emailId = firstId;
                }
            },
            () => [this.records[0]?.resId, this.mailbox.emailId],
        );
    }

    get className() {
        return `${this.props.className || ""} ${this.hasPane ? "o_bcc_dropbox_mailbox" : ""}`;
    }

    /** Whether the email is shown beside the list; otherwise it is opened on its own page. */
    get hasPane() {
        return this.ui.size >= SIZES.LG && !this.env.inDialog;
    }

    get records() {
        return this.model.root ? collectRecords(this.model.root) : [];
    }

    async openRecord(record, options) {
        if (!this.hasPane || options?.newWindow) {
            return super.openRecord(...arguments);
        }
        this.showEmail(record);
    }

    showEmail(record) {
        this.mailbox.emailId = record.resId;
    }

    /** Open the current email on a page of its own. */
    openPage() {
        const record = this.records.find(({resId}) => resId === this.mailbox.emailId);
        return record ? super.openRecord(record) : this.props.selectRecord(this.mailbox.emailId, {activeIds: []});
    }

    /** Read the emails again, unless the user has selected some. The focus, and what is selected meanwhile, stay. */
    async reload() {
        if (!this.model.isReady || this.model.root.selection.length) {
            return;
        }
        const cell = this.rootRef.el?.contains(document.activeElement)
            ? document.activeElement.closest(".o_data_row > td")
            : null;
        const focused = cell && {
            resId: this.records.find(({id}) => id === cell.parentElement.dataset.id)?.resId,
            index: cell.cellIndex,
        };
        const former = this.records;
        // not `model.load`, which would cancel a search that is running
        await this.model.root.load();
        const selectedIds = new Set(former.filter(({selected}) => selected).map(({resId}) => resId));
        this.records.filter(({resId}) => selectedIds.has(resId)).forEach((record) => record.toggleSelection(true));
        if (focused) {
            this.mailbox.focused = focused;
        }
    }
}

/** All records of a list that are loaded, also those in open groups. */
function collectRecords(list) {
    return list.isGrouped
        ? list.groups.filter(({isFolded}) => !isFolded).flatMap((group) => collectRecords(group.list))
        : list.records;
}

export class MailboxRenderer extends ListRenderer {
    static recordRowTemplate = "crm_bcc_dropbox.MailboxRow";

    setup() {
        super.setup();
        this.mailbox = useState(this.env.bccDropboxMailbox);
        useEffect(
            (focused) => {
                if (focused) {
                    this.mailbox.focused = undefined;
                    this.getRow(focused.resId)?.cells[focused.index]?.focus();
                }
            },
            () => [this.mailbox.focused],
        );
    }

    getRow(resId) {
        const record = collectRecords(this.props.list).find((one) => one.resId === resId);
        return record && this.tableRef.el.querySelector(`.o_data_row[data-id="${record.id}"]`);
    }

    isCurrent(record) {
        return this.mailbox.emailId === record.resId;
    }

    /** Show the email that an arrow key moves to; Enter goes on to the email itself. */
    onCellKeydownReadOnlyMode(hotkey, cell, group, record) {
        const isHandled = super.onCellKeydownReadOnlyMode(...arguments);
        if (isHandled && ["arrowdown", "arrowup"].includes(hotkey)) {
            const {id} = document.activeElement.closest(".o_data_row")?.dataset || {};
            const target = collectRecords(this.props.list).find((one) => one.id === id);
            if (target) {
                this.mailbox.showSoon(target);
            }
        }
        if (isHandled && hotkey === "enter" && record) {
            this.tableRef.el.closest(".o_content").querySelector(".o_bcc_dropbox_pane")?.focus();
        }
        return isHandled;
    }
}

export const mailboxView = {
    ...listView,
    Controller: MailboxController,
    Renderer: MailboxRenderer,
};
