-- Dropboxes and captured emails, after `fill_crm.sql` in the same session.

-- the default of the field, which SQL does not know
UPDATE res_users SET bcc_dropbox_email_proved = true WHERE id IN (SELECT user_id FROM seller);

INSERT INTO crm_bcc_dropbox (id, user_id, active, lookup, create_kind, several, opportunity, notice, notice_by, create_uid,
       write_uid, create_date, write_date)
SELECT (SELECT coalesce(max(id), 0) FROM crm_bcc_dropbox) + u, user_id, true, 'contact_lead', 'lead', 'best', 'only', 'problems', 'odoo', 1, 1,
       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM seller;

-- twenty characters of base32, here from sixteen digits: nobody but this database knows them
INSERT INTO crm_bcc_dropbox_token (dropbox_id, token, create_uid, write_uid, create_date, write_date)
SELECT id, translate(left(md5(random()::text || id), 20), '0189', 'wxyz'), 1, 1, create_date, write_date
  FROM crm_bcc_dropbox WHERE user_id IN (SELECT user_id FROM seller);

INSERT INTO crm_bcc_dropbox_sender (
    dropbox_id, user_id, email, email_normalized, verified, create_uid, write_uid, create_date, write_date
)
SELECT dropbox.id, seller.user_id, seller.email, seller.email, true, 1, 1, dropbox.create_date, dropbox.write_date
  FROM crm_bcc_dropbox AS dropbox JOIN seller USING (user_id);

-- Every tenth email has two customers; a third was filed on a lead. Few users have most emails.
CREATE TEMP TABLE copy AS
SELECT m, k, (SELECT max(id) FROM mail_message) + row_number() OVER (ORDER BY m, k) AS message_id,
       seller.user_id, seller.partner_id AS author_id, seller.email AS sender,
       now() AT TIME ZONE 'UTC' - power(1 - m / %(mails)s::float, 1.2) * interval '2 years' AS date,
       CASE WHEN pg_temp.part(m * 2 + k, 62) < 0.33 THEN 'crm.lead' ELSE 'res.partner' END AS model,
       CASE WHEN pg_temp.part(m * 2 + k, 62) < 0.33
            THEN (SELECT max(id) FROM crm_lead) - pg_temp.pick(m * 2 + k, 63, %(leads)s)
            ELSE (SELECT max(id) FROM person) - pg_temp.pick(m * 2 + k, 64, %(contacts)s) END AS res_id,
       CASE WHEN pg_temp.part(m, 65) < 0.93 THEN 'captured' WHEN pg_temp.part(m, 65) < 0.97 THEN 'unmatched'
            ELSE 'refused' END AS state,
       '<' || md5(m::text) || '@client.example>' AS mail_id,
       pg_temp.choose(ARRAY['Offer ', 'Re: Request ', 'Order ', 'Minutes ', 'Angebot '], m, 66)
       || (10000 + pg_temp.pick(m, 67, 89999)) AS subject
  FROM generate_series(1, %(mails)s) AS m
 CROSS JOIN LATERAL generate_series(1, CASE WHEN m %% 10 = 0 THEN 2 ELSE 1 END) AS k
  JOIN seller ON seller.u = 1 + floor(%(dropboxes)s * power(pg_temp.part(m, 68), 2))::int;

CREATE TEMP TABLE filed AS
SELECT copy.*, coalesce(partner.email_normalized, lead.email_normalized, 'someone@nowhere.example') AS email
  FROM copy
  LEFT JOIN res_partner AS partner ON copy.model = 'res.partner' AND partner.id = copy.res_id
  LEFT JOIN crm_lead AS lead ON copy.model = 'crm.lead' AND lead.id = copy.res_id;

INSERT INTO mail_message (
    id, model, res_id, message_type, subtype_id, is_internal, author_id, email_from, reply_to, subject, message_id, body,
    bcc_dropbox_to, bcc_dropbox_captured, date, create_uid, write_uid, create_date, write_date
)
SELECT message_id, model, res_id, 'email_outgoing',
       (SELECT res_id FROM ir_model_data WHERE module = 'mail' AND name = 'mt_note'), true, author_id, sender, sender,
       subject, mail_id,
       '<p>' || repeat(subject || ': the quantities still hold, and delivery takes some weeks. ', 4 + m %% 7) || '</p>',
       email, true, date, user_id, user_id, date, date
  FROM filed WHERE state = 'captured' ORDER BY message_id;

INSERT INTO crm_bcc_dropbox_email (
    id, dropbox_id, user_id, token_id, message_id, fingerprint, date, subject, email_from, email_to, attachment_count,
    direction, found_in, from_last_hop, state, active, reason_code, reasons, recipients, customer_email, tries, duration,
    create_uid, write_uid, create_date, write_date
)
SELECT (SELECT coalesce(max(id), 0) FROM crm_bcc_dropbox_email) + m, dropbox.id, dropbox.user_id, token.id, mail_id,
       mail_id, date, subject, sender, email, (m %% 5 = 0)::int, 'outgoing', 'envelope', true, state, true,
       CASE state WHEN 'refused' THEN 'not_own' WHEN 'unmatched' THEN 'nothing_logged' END,
       CASE state WHEN 'refused' THEN jsonb_build_array(jsonb_build_array('not_own', jsonb_build_object('sender', sender)))
                  WHEN 'unmatched' THEN '[["nothing_logged", {}]]'::jsonb END,
       email, split_part(email, ', ', 1), 1, 20 + pg_temp.pick(m, 69, 80), 1, 1, date, date
  FROM (
    SELECT m, min(user_id) AS user_id, min(mail_id) AS mail_id, min(date) AS date, min(subject) AS subject,
           min(sender) AS sender, string_agg(email, ', ' ORDER BY k) AS email, min(state) AS state
      FROM filed GROUP BY m
  ) AS mail
  JOIN crm_bcc_dropbox AS dropbox USING (user_id)
  JOIN crm_bcc_dropbox_token AS token ON token.dropbox_id = dropbox.id
 ORDER BY m;

INSERT INTO crm_bcc_dropbox_email_line (
    email_id, email, outcome, reason_code, reasons, res_model, res_id, mail_message_id, create_uid, write_uid, create_date, write_date
)
SELECT (SELECT max(id) FROM crm_bcc_dropbox_email) - %(mails)s + m, email,
       CASE WHEN state = 'unmatched' THEN 'skipped' ELSE 'matched' END,
       CASE WHEN state = 'unmatched' THEN 'no_create_access' END,
       CASE WHEN state = 'unmatched' THEN '[["no_create_access", {"model": "Contact"}]]'::jsonb END,
       CASE WHEN state = 'captured' THEN model END, CASE WHEN state = 'captured' THEN res_id END,
       CASE WHEN state = 'captured' THEN message_id END, 1, 1, date, date
  FROM filed WHERE state != 'refused' ORDER BY m, k;
