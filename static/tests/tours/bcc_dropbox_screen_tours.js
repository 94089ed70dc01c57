import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const PAGES = {
    good: `<p>Good morning <img src="/web/static/img/user_menu_avatar.png" alt="Acme"/></p>`,
    bad: `<p style="width: 3000px">Good morning <img src="/web/static/img/user_menu_avatar.png"/></p>`,
};

// Pages to test the checks of screens with.
for (const [name, page] of Object.entries(PAGES)) {
    registry.category("web_tour.tours").add(`bcc_dropbox_screen_${name}`, {
        steps: () => [
            {
                content: "Put up the page",
                trigger: "body",
                run() {
                    const main = document.createElement("main");
                    main.className = "o_bcc_dropbox_page position-fixed top-0 bg-white w-100 h-100 z-3";
                    main.innerHTML = page;
                    document.body.append(main);
                },
            },
            screen(name, {trigger: ".o_bcc_dropbox_page", scope: ".o_bcc_dropbox_page"}),
        ],
    });
}
