import {useBus, useService} from "@web/core/utils/hooks";
import {PAUSE} from "./bcc_dropbox_service";

import {useDebounced} from "@web/core/utils/timing";

/**
 * Call a function after captured emails of the user have changed, as long as the component is on the page.
 *
 * @param {() => any} callback
 */
export function useBccDropboxChanges(callback) {
    const service = useService("bcc_dropbox");
    // the first change is shown immediately, those that follow it together
    const call = useDebounced(callback, PAUSE, {immediate: true, trailing: true});
    useBus(service.bus, "changed", () => call());
}
