import {registry} from "@web/core/registry";

/** A manager looks at what all dropboxes received in the last weeks. */
registry.category("web_tour.tours").add("bcc_dropbox_reporting", {
    steps: () => [
        {
            content: "The picture comes first",
            trigger: ".o_graph_view .o_graph_canvas_container canvas",
        },
        {
            content: "It is about the last weeks",
            trigger: ".o_searchview_facet:contains('Last 4 Weeks')",
        },
        {
            content: "Open the table",
            trigger: ".o_cp_switch_buttons .o_switch_view.o_pivot",
            run: "click",
        },
        {
            content: "It has the mails of everyone",
            trigger: ".o_pivot th:contains('Total')",
        },
        {
            content: "It counts by state",
            trigger: ".o_pivot th:contains('Refused')",
        },
        {
            content: "It names the time of filing in words",
            trigger: ".o_pivot th:contains('Average Time (ms)')",
        },
        {
            content: "Open the list",
            trigger: ".o_cp_switch_buttons .o_switch_view.o_list",
            run: "click",
        },
        {
            content: "It tells whose mails they are",
            trigger: ".o_list_view .o_data_row:contains('Sam Seller')",
        },
    ],
});
