import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A manager looks at what all dropboxes received in the last weeks. */
registry.category("web_tour.tours").add("bcc_dropbox_reporting", {
    steps: () => [
        {
            content: "It is about the last weeks",
            trigger: ".o_searchview_facet:contains('Last 4 Weeks')",
            isActive: ["desktop"],
        },
        {
            content: "It shows sent and received emails",
            trigger: ".o_graph_view .o_graph_canvas_container canvas",
            run({anchor}) {
                const labels = window.Chart.getChart(anchor).data.datasets.map(({label}) => label);
                if (["Sent", "Received"].some((label) => !labels.includes(label))) {
                    throw new Error(`The graph shows ${labels}`);
                }
            },
        },
        screen("reporting", {trigger: ".o_graph_view .o_graph_canvas_container canvas"}),
        {
            content: "See what else there is",
            trigger: ".o_cp_switch_buttons button",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Open the table",
            trigger: ".o_switch_view.o_pivot, .o_cp_switch_buttons .dropdown-item:contains('Pivot')",
            run: "click",
        },
        {
            content: "It counts by state",
            trigger: ".o_pivot th:contains('Rejected')",
        },
        {
            content: "It counts sent emails",
            trigger: ".o_pivot tbody th:contains('Sent')",
        },
        {
            content: "It counts received emails",
            trigger: ".o_pivot tbody th:contains('Received')",
        },
        {
            content: "It has no milliseconds, which are for administrators",
            trigger: ".o_pivot:has(th:contains('Count')):not(:has(th:contains('(ms)')))",
        },
        screen("pivot", {trigger: ".o_pivot th:contains('Total')"}),
        {
            content: "Open the list",
            trigger: ".o_cp_switch_buttons .o_switch_view.o_list",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "It tells whose emails they are",
            trigger: ".o_list_view .o_data_row:contains('Lea Novak')",
            isActive: ["desktop"],
        },
    ],
});
