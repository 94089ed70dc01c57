{
    "name": "CRM BCC Dropbox",
    "summary": "Put your secret address in Bcc: the mail appears in the history of the lead or contact",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "CRM BCC Dropbox maintainers",
    "license": "LGPL-3",
    "depends": ["crm"],
    "external_dependencies": {"python": ["vobject"]},
    "data": [
        "security/crm_bcc_dropbox_groups.xml",
        "security/ir.model.access.csv",
        "security/crm_bcc_dropbox_security.xml",
        "security/crm_bcc_dropbox_sender_security.xml",
        "security/crm_bcc_dropbox_email_security.xml",
        "security/crm_bcc_dropbox_email_line_security.xml",
        "data/ir_config_parameter_data.xml",
        "data/ir_cron_data.xml",
        "views/crm_bcc_dropbox_email_views.xml",
        "views/crm_bcc_dropbox_menus.xml",
        "views/res_users_views.xml",
    ],
    "assets": {
        "web.assets_tests": ["crm_bcc_dropbox/static/tests/screen.js", "crm_bcc_dropbox/static/tests/tours/*.js"]
    },
    "post_init_hook": "post_init_hook",
}
