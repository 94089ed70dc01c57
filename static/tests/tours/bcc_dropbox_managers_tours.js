import {openFilters} from "@crm_bcc_dropbox/../tests/page";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const LAST = "[name='bcc_dropbox_last_email_date'] .o-bcc-dropbox-direction";

/** A record in the list, on a phone on its card. */
const RECORD = (name) => `.o_data_row:contains('${name}'), .o_kanban_record:contains('${name}')`;

/** Open the filters, choose one, and close them. */
const filter = (name) => [
    ...openFilters,
    {
        content: `Choose the filter “${name}”`,
        trigger: `.o_filter_menu .o_menu_item:contains('${name}')`,
        run: "click",
    },
    {
        content: "Close the filters",
        trigger: ".o_searchview_dropdown_toggler",
        run: "click",
    },
];

const openView = (type, label) => [
    {
        content: "See which views there are",
        trigger: ".o_cp_switch_buttons button",
        isActive: ["mobile"],
        run: "click",
    },
    {
        content: `Open the view “${label}”`,
        trigger: `.o_switch_view.o_${type}, .o_cp_switch_buttons .dropdown-item:contains('${label}')`,
        run: "click",
    },
];

/** A salesperson sees on the pipeline who wrote last, and looks for those who wait for an answer. */
registry.category("web_tour.tours").add("bcc_dropbox_last_email", {
    steps: () => [
        {
            content: "A card says that an email was sent last",
            trigger: `.o_kanban_record:contains('Desks, height-adjustable') ${LAST}:has(.fa-paper-plane-o)`,
        },
        {
            content: "Another one that it was received, and on which day",
            trigger: `.o_kanban_record:contains('Chairs for the canteen') [title^='Received on'] ${LAST.split(" ")[1]}:has(.fa-inbox)`,
        },
        screen("pipeline-last-email", {
            trigger: `.o_kanban_record ${LAST}`,
            scope: `.o_kanban_record [name='bcc_dropbox_last_email_date']`,
        }),
        ...filter("Waiting for Our Answer"),
        {
            content: "Only those are left",
            trigger: ".o_kanban_renderer:not(:has(.o_kanban_record:contains('Desks, height-adjustable')))",
        },
        ...openView("list", "List"),
        {
            content: "The list has a column for it",
            trigger: `.o_data_row:contains('Chairs for the canteen') ${LAST}:contains('days ago')`,
            isActive: ["desktop"],
        },
        screen("list-last-email", {
            trigger: ".o_data_row",
            scope: ".o_data_row [name='bcc_dropbox_last_email_date']",
            isActive: ["desktop"],
        }),
        {
            content: "Open the record",
            trigger:
                ".o_data_row:contains('Chairs for the canteen') .o_data_cell[name='name'], .o_kanban_record:contains('Chairs')",
            run: "click",
        },
        screen("form-last-email", {trigger: `.o_form_view ${LAST}`, scope: `.o_form_view ${LAST}`}),
    ],
});

/** A salesperson looks for contacts without an email for two weeks. */
registry.category("web_tour.tours").add("bcc_dropbox_no_email", {
    steps: () => [
        {
            content: "The contacts are there",
            trigger: RECORD("Brandon Freeman"),
        },
        ...filter("No Email for 14 Days"),
        {
            content: "Only those with an older email are left",
            trigger: RECORD("Addison Olson"),
        },
        {
            content: "Others are not there",
            trigger: ".o_action_manager:not(:has(.o_kanban_record:contains('Brandon Freeman')))",
        },
    ],
});

/** A manager looks at the numbers of all salespeople. */
registry.category("web_tour.tours").add("bcc_dropbox_report", {
    steps: () => [
        {
            content: "It is about the last weeks",
            trigger: ".o_searchview_facet:contains('Last 4 Weeks')",
            isActive: ["desktop"],
        },
        {
            content: "It has a row per salesperson",
            trigger: ".o_pivot tbody th:contains('Owen Clarke')",
        },
        {
            content: "It has all measures",
            trigger:
                ".o_pivot:has(th:contains('Sent')):has(th:contains('Received')):has(th:contains('Median (h)')):has(th:contains('New Leads')):has(th:contains('Private'))",
        },
        screen("report", {trigger: ".o_pivot tbody th:contains('Lea Novak')"}),
        ...openView("graph", "Graph"),
        screen("report-graph", {trigger: ".o_graph_view .o_graph_canvas_container canvas"}),
        ...openView("list", "List"),
        {
            content: "It tells whose emails they are",
            trigger: ".o_list_view .o_group_header:contains('Lea Novak')",
        },
        // on phones, lists scroll sideways
        screen("report-list", {trigger: ".o_list_view .o_group_header", isActive: ["desktop"]}),
        {
            content: "See the weeks of a salesperson",
            trigger: ".o_list_view .o_group_header:contains('Owen Clarke')",
            run: "click",
        },
        {
            content: "Open a week",
            trigger: ".o_list_view .o_group_header:contains('W47 2026')",
            run: "click",
        },
        {
            content: "Each email has a row",
            trigger: ".o_list_view .o_data_row:contains('Owen Clarke')",
        },
        {
            content: "Nothing of private emails but their number",
            trigger: ".o_list_view:not(:contains('Holiday plans')):not(:contains('@'))",
        },
    ],
});

/** A salesperson sees the own numbers only. */
registry.category("web_tour.tours").add("bcc_dropbox_report_own", {
    steps: () => [
        {
            content: "Open the reports",
            trigger: ".o_menu_sections [data-menu-xmlid='crm.crm_menu_report']",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Open the numbers",
            trigger: ".dropdown-item[data-menu-xmlid='crm_bcc_dropbox.crm_bcc_dropbox_report_menu']",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "The own numbers are there",
            trigger: ".o_pivot tbody th:contains('Owen Clarke')",
            isActive: ["desktop"],
        },
        {
            content: "Those of others are not",
            trigger: ".o_pivot:not(:has(th:contains('Lea Novak')))",
            isActive: ["desktop"],
        },
    ],
});
