-- Contacts, users and leads. Parameters: the sizes of `fill.fill` and the names of `fill._make_names`.

-- a number from 0 to count - 1 that looks drawn, the same for the same arguments
CREATE OR REPLACE FUNCTION pg_temp.pick(number bigint, salt bigint, count bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(number, salt) & 4611686018427387903) %% count $$;
-- the same from 0 to 1
CREATE OR REPLACE FUNCTION pg_temp.part(number bigint, salt bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT pg_temp.pick(number, salt, 1000000) / 1000000.0 $$;
CREATE OR REPLACE FUNCTION pg_temp.choose(list text[], number bigint, salt bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT list[1 + pg_temp.pick(number, salt, cardinality(list))] $$;
-- a name as it stands in an address
CREATE OR REPLACE FUNCTION pg_temp.plain(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT regexp_replace(translate(lower(name), 'äöüéèëáàâãåíìóôõøúùñçşığńśžčłőșýšæ', 'aoueeeaaaaaiioooouuncsignszclosysa'),
                         '[^a-z0-9.-]', '', 'g') $$;

-- Later rows have later dates, as in life. Every seventh contact is a company; the first companies have most people.
CREATE TEMP TABLE company AS
SELECT k AS number, (SELECT max(id) FROM res_partner) + k * 7 AS id,
       pg_temp.choose(%(companies)s, k, 2) || ' ' || k AS name,
       translate(pg_temp.plain(pg_temp.choose(%(companies)s, k, 2)), '.', '') || '-' || k || '.example' AS domain
  FROM generate_series(1, greatest(1, %(contacts)s / 7)) AS k;
CREATE UNIQUE INDEX ON company (number);
ANALYZE company;

CREATE TEMP TABLE person AS
SELECT i, (SELECT max(id) FROM res_partner) + i AS id, i %% 7 = 0 AS is_company,
       pg_temp.choose(%(first)s, i, 11) AS first_name, pg_temp.choose(%(last)s, i, 12) AS last_name,
       CASE WHEN i %% 7 = 0 THEN i / 7
            WHEN pg_temp.part(i, 13) < 0.7
            THEN 1 + floor(greatest(1, %(contacts)s / 7) * power(pg_temp.part(i, 14), 3))::int
            END AS company_number,
       pg_temp.part(i, 15) AS chance
  FROM generate_series(1, %(contacts)s) AS i;

INSERT INTO res_partner (
    id, name, complete_name, parent_id, commercial_partner_id, commercial_company_name, is_company, type, active,
    partner_share, lang, email, email_normalized, phone, city, function, color, message_bounce,
    create_uid, write_uid, create_date, write_date
)
SELECT id, name, concat_ws(', ', company_name, name), parent_id, coalesce(parent_id, id),
       coalesce(company_name, CASE WHEN is_company THEN name END), is_company, 'contact', chance < 0.98,
       true, 'en_US',
       CASE WHEN chance < 0.08 THEN initcap(email) ELSE email END, email,
       '+49 40 ' || (1000000 + pg_temp.pick(i, 16, 8999999)), pg_temp.choose(%(cities)s, i, 17),
       CASE WHEN parent_id IS NOT NULL THEN pg_temp.choose(ARRAY['Buyer', 'Engineer', 'CEO', 'Assistant'], i, 18) END,
       0, 0, 2, 2, created, created
  FROM (
    SELECT person.*, company.name AS employer, company.domain,
           CASE WHEN is_company THEN company.name ELSE concat_ws(' ', first_name, last_name) END AS name,
           CASE WHEN NOT is_company THEN company.name END AS company_name,
           CASE WHEN NOT is_company THEN company.id END AS parent_id,
           CASE WHEN chance > 0.96 THEN NULL
                WHEN is_company THEN 'info@' || company.domain
                WHEN company.id IS NOT NULL
                THEN pg_temp.plain(concat(left(first_name, 1), '.', last_name)) || '@' || company.domain
                ELSE pg_temp.plain(concat(first_name, '.', last_name)) || (i / 33) || '@'
                     || pg_temp.choose(%(private)s, i, 19) || '.example'
           END AS email,
           now() AT TIME ZONE 'UTC' - (1 - i / %(contacts)s::float) * interval '5 years' AS created
      FROM person LEFT JOIN company ON company.number = person.company_number
  ) AS row;

-- Sellers, with the right to see all leads.
CREATE TEMP TABLE seller AS
SELECT u, (SELECT max(id) FROM res_users) + u AS user_id, (SELECT max(id) FROM res_partner) + u AS partner_id,
       concat_ws(' ', pg_temp.choose(%(first)s, u, 31), pg_temp.choose(%(last)s, u, 32)) AS name,
       'seller' || u AS login, 'seller' || u || '@seller.example' AS email
  FROM generate_series(1, %(dropboxes)s) AS u;
CREATE UNIQUE INDEX ON seller (u);
ANALYZE seller;

INSERT INTO res_partner (
    id, name, complete_name, commercial_partner_id, is_company, type, active, partner_share, lang, email,
    email_normalized, color, message_bounce, company_id, create_uid, write_uid, create_date, write_date
)
SELECT partner_id, name, name, partner_id, false, 'contact', true, false, 'en_US', email,
       email, 0, 0, NULL, 1, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM seller;

INSERT INTO res_users (
    id, company_id, partner_id, active, login, share, notification_type, create_uid, write_uid, create_date, write_date
)
SELECT user_id, 1, partner_id, true, login, false, 'email', 1, 1, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM seller;

INSERT INTO res_company_users_rel (cid, user_id) SELECT 1, user_id FROM seller;

INSERT INTO res_groups_users_rel (gid, uid)
SELECT res_id, user_id FROM seller, ir_model_data
 WHERE (module, ir_model_data.name) IN (('base', 'group_user'), ('sales_team', 'group_sale_salesman_all_leads'));

-- Six of ten belong to a contact, the others to people who are in no address book yet.
INSERT INTO crm_lead (
    id, name, type, active, user_id, team_id, company_id, stage_id, won_status, partner_id, contact_name, partner_name,
    email_from, email_normalized, email_domain_criterion, priority, probability, automated_probability,
    expected_revenue, color, message_bounce, date_open, date_closed, date_last_stage_update,
    create_uid, write_uid, create_date, write_date
)
SELECT id, pg_temp.choose(ARRAY['Offer for ', 'Request of ', 'Spare parts, ', 'New line, ', 'Service, '], j, 41) || contact,
       'opportunity', NOT is_lost, (SELECT user_id FROM seller WHERE u = row.owner), 1, NULL,
       CASE WHEN is_won THEN 4 ELSE 1 + pg_temp.pick(j, 42, 3) END,
       CASE WHEN is_lost THEN 'lost' WHEN is_won THEN 'won' ELSE 'pending' END,
       partner_id, contact, commercial_company_name,
       CASE WHEN pg_temp.part(j, 43) < 0.3 THEN '"' || contact || '" <' || email || '>' ELSE email END, email,
       CASE WHEN email LIKE '%%-%%' THEN split_part(email, '@', 2) END,
       pg_temp.pick(j, 44, 3)::text, CASE WHEN is_lost THEN 0 WHEN is_won THEN 100 ELSE 20 END, 20,
       1000 * pg_temp.pick(j, 45, 200), 0, 0, created, CASE WHEN is_won OR is_lost THEN created + interval '40 days' END,
       created, 2, 2, created, created
  FROM (
    SELECT j, (SELECT coalesce(max(id), 0) FROM crm_lead) + j AS id,
           1 + floor(%(dropboxes)s * power(pg_temp.part(j, 46), 2))::int AS owner,
           pg_temp.part(j, 47) < 0.15 AS is_lost, pg_temp.part(j, 47) > 0.8 AS is_won,
           now() AT TIME ZONE 'UTC' - (1 - j / %(leads)s::float) * interval '3 years' AS created,
           partner.id AS partner_id, partner.commercial_company_name,
           coalesce(partner.name, concat_ws(' ', pg_temp.choose(%(first)s, j, 49), pg_temp.choose(%(last)s, j, 50)))
           AS contact,
           CASE WHEN partner.id IS NOT NULL THEN partner.email_normalized
                ELSE pg_temp.plain(pg_temp.choose(%(last)s, j, 50)) || '.' || j || '@'
                     || pg_temp.choose(%(private)s, j, 51) || '.example' END AS email
      FROM generate_series(1, %(leads)s) AS j
      LEFT JOIN LATERAL (
            SELECT 1 + pg_temp.pick(j, 53, %(contacts)s) AS i WHERE pg_temp.part(j, 52) < 0.6
           ) AS drawn ON true
      LEFT JOIN person ON person.i = drawn.i
      LEFT JOIN res_partner AS partner ON partner.id = person.id
  ) AS row;
