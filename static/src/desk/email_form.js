import {useBus, useService} from "@web/core/utils/hooks";
import {registry} from "@web/core/registry";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";

/** A captured email: it is read again when it changes. `done` tells all pages what a button has changed. */
export class EmailFormController extends FormController {
    setup() {
        super.setup();
        useBus(useService("bcc_dropbox").bus, "changed", ({detail}) => {
            if (detail.emailIds.includes(this.model.root.resId)) {
                // not `model.load`, which would cancel the reload that ends an action: its dialog would stay open
                this.model.root.load();
            }
        });
    }
}

registry.category("views").add("bcc_dropbox_email_form", {...formView, Controller: EmailFormController});
