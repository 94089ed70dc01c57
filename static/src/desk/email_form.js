import {useBus, useService} from "@web/core/utils/hooks";
import {registry} from "@web/core/registry";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";

/** A captured email: it is read again when it changes elsewhere, and tells lists when it was changed here. */
export class EmailFormController extends FormController {
    setup() {
        super.setup();
        this.service = useService("bcc_dropbox");
        this.hasActed = false;
        useBus(this.service.bus, "changed", ({detail}) => {
            if (detail?.source !== this && detail?.emailIds?.includes(this.model.root.resId)) {
                // not `model.load`, which would cancel the reload that ends an action: its dialog would stay open
                this.model.root.load();
            }
        });
    }

    get modelParams() {
        const params = super.modelParams;
        params.hooks.onRootLoaded = () => this.onEmailLoaded();
        return params;
    }

    async beforeExecuteActionButton() {
        const isSaved = await super.beforeExecuteActionButton(...arguments);
        this.hasActed = true;
        return isSaved;
    }

    /** Tell lists about what a button, or a dialog that it opened, has done. */
    onEmailLoaded() {
        if (this.hasActed) {
            this.hasActed = false;
            this.service.bus.trigger("changed", {emailIds: [this.model.root.resId], source: this});
        }
    }
}

registry.category("views").add("bcc_dropbox_email_form", {...formView, Controller: EmailFormController});
