# ruff: noqa: RUF001  letters of other alphabets are intended
import time

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests import BaseCase, tagged

from ..tools.person_name import MAX_NAME, PersonName, get_domain_key, read_name

JOE = "joe@customer.example"
NAMES = [
    # as they should be
    ("Joe Customer", "Joe Customer"),
    ("Anna-Lena Müller", "Anna-Lena Müller"),
    ("Ludwig van Beethoven", "Ludwig van Beethoven"),
    ("Robert (Bob) Smith", "Robert (Bob) Smith"),
    ("Björk", "Björk"),
    ("Al Pacino", "Al Pacino"),
    ("Jean-Luc O'Neil", "Jean-Luc O'Neil"),
    ("Siobhán Ní Dhuibhir", "Siobhán Ní Dhuibhir"),
    ("Anna & Bob Schmidt", "Anna & Bob Schmidt"),
    ("J. R. R. Tolkien", "J. R. R. Tolkien"),
    ("Max Mustermann III", "Max Mustermann III"),
    ("deVries", "deVries"),
    ("eBay", "eBay"),
    ("Anna Müller - Schmidt", "Anna Müller - Schmidt"),
    # last, first
    ("Customer, Joe", "Joe Customer"),
    ("Müller, Anna", "Anna Müller"),
    ("van der Berg, Jan", "Jan van der Berg"),
    ("García Márquez, Gabriel José", "Gabriel José García Márquez"),
    ("O'Brien, Mary-Jane", "Mary-Jane O'Brien"),
    ("SCHMIDT, ANNA", "Anna Schmidt"),
    ("DE LA CRUZ, ANNA", "Anna de la Cruz"),
    ("dupont, jean", "Jean Dupont"),
    ("DUPONT, Jean", "Jean Dupont"),
    ("Smith, John A.", "John A. Smith"),
    ("King, Martin Luther, Jr.", "Martin Luther King Jr."),
    ("Smith, John Jr.", "John Smith Jr."),
    ("John Smith, Jr.", "John Smith Jr."),
    ("Schmidt, Anna (Sales)", "Anna Schmidt"),
    ("Schmidt, Dr. Anna", "Anna Schmidt"),
    ("Schmidt, Anna, Dr.", "Anna Schmidt"),
    ("Иванов, Иван", "Иван Иванов"),
    ("Παπαδόπουλος, Γιώργος", "Γιώργος Παπαδόπουλος"),
    # no last, first
    ("Anna, Bob and Carl", "Anna, Bob and Carl"),
    ("Support, Customer", "Support, Customer"),
    ("Smith, John, London", "Smith, John, London"),
    ("Building 7, Gate 3", "Building 7, Gate 3"),
    # capitals
    ("JOHN McDONALD", "John McDonald"),
    ("JOHN MCDONALD", "John McDonald"),
    ("anna de la cruz", "Anna de la Cruz"),
    ("joe customer", "Joe Customer"),
    ("LI WEI", "Li Wei"),
    ("NGUYỄN VĂN AN", "Nguyễn Văn An"),
    ("JO ANN LEE", "Jo Ann Lee"),
    ("KIM NG", "Kim Ng"),
    ("VINCENT VAN GOGH", "Vincent van Gogh"),
    ("VAN GOGH", "Van Gogh"),
    ("SEAN O'BRIEN", "Sean O'Brien"),
    ("mary-jane watson", "Mary-Jane Watson"),
    ("J.R.R. TOLKIEN", "J.R.R. Tolkien"),
    ("HENRY FORD II", "Henry Ford II"),
    ("Jean DUPONT", "Jean Dupont"),
    ("YAMADA Taro", "Yamada Taro"),
    ("İBRAHİM ILGAZ", "İbrahim Ilgaz"),
    ("YIĞIT", "Yığıt"),
    ("ÉLODIE FRANÇOIS", "Élodie François"),
    ("ГАЛИНА ПЕТРОВА", "Галина Петрова"),
    ("ΓΙΩΡΓΟΣ ΠΑΠΠΑΣ", "Γιωργος Παππας"),
    ("გიორგი ბერიძე", "გიორგი ბერიძე"),
    ("MARIA", "Maria"),
    ("joe", "Joe"),
    ("IBM", "IBM"),
    ("SAP", "SAP"),
    ("BMW Group", "BMW Group"),
    ("IT SUPPORT", "IT Support"),
    ("x1y2z3", "x1y2z3"),
    # titles
    ("Dr. Anna Schmidt", "Anna Schmidt"),
    ("Prof. Dr.-Ing. Hans Meyer", "Hans Meyer"),
    ("Prof. Dr. med. dent. Hans Meyer", "Hans Meyer"),
    ("Dipl.-Ing. (FH) Hans Meyer", "Hans Meyer"),
    ("Mr. John Smith", "John Smith"),
    ("Mrs Jane Doe", "Jane Doe"),
    ("Herr Max Mustermann", "Max Mustermann"),
    ("Frau Dr. Anna Schmidt", "Anna Schmidt"),
    ("Mme Claire Dupont", "Claire Dupont"),
    ("Sra. María López", "María López"),
    ("Mme Dupont", "Mme Dupont"),
    ("Dr. No", "Dr. No"),
    ("Ing. Petr Novák", "Petr Novák"),
    ("John Smith, PhD", "John Smith"),
    ("Jane Doe, MBA, PMP", "Jane Doe"),
    ("Lee, Ma", "Ma Lee"),
    ("Ian Ing Lee", "Ian Ing Lee"),
    # what gateways and services add
    ("'Joe Customer'", "Joe Customer"),
    ("“Joe Customer”", "Joe Customer"),
    ("'Joe Customer' via Google Groups", "Joe Customer"),
    ("Joe Customer via DocuSign", "Joe Customer"),
    ("Joe Customer (via Google Drive)", "Joe Customer"),
    ("Anna Schmidt über DocuSign", "Anna Schmidt"),
    ("Claire Dupont par DocuSign", "Claire Dupont"),
    ("Joe Customer a través de DocuSign", "Joe Customer"),
    ("Antonio par Amour", "Antonio par Amour"),
    ("[EXT] Joe Customer", "Joe Customer"),
    ("(External) Customer, Joe", "Joe Customer"),
    ("EXTERNAL: Joe Customer", "Joe Customer"),
    ("Joe Customer [EXT]", "Joe Customer"),
    ("Joe Customer (he/him)", "Joe Customer"),
    ("Joe Customer <joe@customer.example>", "Joe Customer"),
    ("Joe Customer (joe@customer.example)", "Joe Customer"),
    ("joe@customer.example", ""),
    ("'joe@customer.example'", ""),
    ("mailto:joe@customer.example", ""),
    ("No Reply", ""),
    ("do-not-reply", ""),
    ("Mail Delivery Subsystem", ""),
    ("", ""),
    ("...", ""),
    ('"Bob" Smith', "Bob Smith"),
    ("\u200bJoe\u00a0 Customer\u202c", "Joe Customer"),
    # roles
    ("Support Team", "Support Team"),
    ("Acme Support", "Acme Support"),
    ("Kundenservice", "Kundenservice"),
    ("Service Client", "Service Client"),
    ("SALES TEAM", "Sales Team"),
    ("Sales, Germany", "Sales, Germany"),
    # East Asia
    ("山田太郎", "山田太郎"),
    ("山田 太郎 様", "山田 太郎"),
    ("田中さん", "田中"),
    ("山田, 太郎", "山田 太郎"),
    ("王小明先生", "王小明"),
    ("李女士", "李女士"),
    ("김철수님", "김철수"),
    ("김 철수 씨", "김 철수"),
    ("Taro Yamada (山田太郎)", "Taro Yamada"),
    ("山田太郎（営業部）", "山田太郎"),
    # other scripts have no capitals
    ("محمد علي", "محمد علي"),
    ("דוד כהן", "דוד כהן"),
    ("สมชาย ใจดี", "สมชาย ใจดี"),
    ("अमित शर्मा", "अमित शर्मा"),
]
"""Display names and the names of records."""

COMPANIES = [
    "Acme, Inc.",
    "Acme Inc", "Acme Corp.", "ACME LTD", "Smith, Jones LLP", "Baker & Sons, Ltd.", "Müller, Söhne & Co. KG",
    "Müller GmbH", "Meyer GmbH & Co. KG", "Bosch AG",
    "Schneider Electric SE", "Dupont S.A.", "Dupont, Fils SARL", "Martin SAS", "Rossi S.p.A.",
    "Bianchi, Verdi S.r.l.", "García e Hijos, S.L.", "Grupo Norte S.A. de C.V.", "Silva Ltda.", "Jansen B.V.",
    "De Vries, Zonen NV", "Volvo AB", "Hansen A/S", "Nordmann AS", "Virtanen Oy", "UAB Lietuva", "Kask OÜ",
    "Novák s.r.o.", "Kowalski Sp. z o.o.", "Nagy Kft.", "Horvat d.o.o.", "ООО Ромашка", "ПАТ Запоріжсталь",
    "PT Maju Jaya",
    "Sharma Pvt. Ltd.", "Koç A.Ş.", "株式会社アクメ", "アクメ有限会社", "(株)アクメ", "上海贸易有限公司",
    "주식회사 한빛", "Acme GmbH (Berlin)", "Yamada K.K.",
]  # fmt: skip
"""Names of companies: they stay as they are."""

HINTS = [
    # display name, address, name, company
    ("Joe Customer (Acme)", "joe@acme.example", "Joe Customer", "Acme"),
    ("Joe Customer [Acme Pumps]", "joe@acme.example", "Joe Customer", "Acme Pumps"),
    ("Joe Customer | Acme", "joe@acme.example", "Joe Customer", "Acme"),
    ("Joe Customer｜Acme", "joe@acme.example", "Joe Customer", "Acme"),
    ("Joe Customer - Acme", "joe@acme.example", "Joe Customer", "Acme"),
    ("Joe Customer – Acme Pumps", "joe@acme-pumps.example", "Joe Customer", "Acme Pumps"),
    ("Joe Customer / Acme", "joe@mail.acme.co.uk", "Joe Customer", "Acme"),
    ("Joe Customer @ Acme", "joe@acme.example", "Joe Customer", "Acme"),
    ("Joe from Acme", "joe@acme.example", "Joe", "Acme"),
    ("Customer, Joe (Acme)", "joe@acme.example", "Joe Customer", "Acme"),
    ("Acme - Joe Customer", "joe@acme.example", "Joe Customer", "Acme"),
    ("Acme | Support", "help@acme.example", "Acme | Support", "Acme"),
    ("Support Team (Acme)", "help@acme.example", "Support Team (Acme)", "Acme"),
    ("Joe Customer (Other GmbH)", "joe@acme.example", "Joe Customer", "Other GmbH"),
    ("Joe Customer, Acme Inc.", "joe@acme.example", "Joe Customer", "Acme Inc."),
    ("Dr. Hans Meyer (Meyer & Söhne)", "hans@meyerundsoehne.example", "Hans Meyer", "Meyer & Söhne"),
    ("Hans Meyer (Meyer & Co)", "hans@meyer-und-co.example", "Hans Meyer", "Meyer & Co"),
    ("山田太郎（株式会社アクメ）", "taro@example.jp", "山田太郎", "株式会社アクメ"),
    # what is in brackets need not be a company
    ("Robert Smith (Bob)", JOE, "Robert Smith", ""),
    ("Joe Customer (London)", JOE, "Joe Customer", ""),
    ("Joe Customer | Head of Sales", JOE, "Joe Customer", ""),
    ("Joe Customer - Head of Pumps", JOE, "Joe Customer", ""),
    # the address decides what is a name
    ("ACME", "info@acme.example", "ACME", ""),
    ("Smith, Jones", "info@smithjones.example", "Smith, Jones", ""),
    ("joe.customer", "joe.customer@acme.example", "Joe Customer", ""),
    ("joe.customer", "other@acme.example", "joe.customer", ""),
    ("ACME GERMANY", "info@acme.example", "ACME Germany", ""),
    ("HANS MEYER", "info@meyer.example", "Hans Meyer", ""),
]


@tagged("post_install", "-at_install")
class TestPersonName(BaseCase):
    """The names of new records, read from display names."""

    def test_names(self):
        for text, expected in NAMES:
            with self.subTest(text=text):
                self.assertEqual(read_name(text, JOE).name, expected)

    def test_companies(self):
        for text in COMPANIES:
            with self.subTest(text=text):
                self.assertEqual(read_name(text, JOE), PersonName(text, text, is_company=True))

    def test_hints(self):
        """What is behind a name is a company if it has a legal form, or if it is in the domain of the address."""
        for text, email, name, company in HINTS:
            with self.subTest(text=text):
                self.assertEqual(read_name(text, email)[:2], (name, company))

    def test_domain_key(self):
        for email, expected in [
            ("joe@acme.example", "acme"),
            ("joe@mail.acme-pumps.example", "acmepumps"),
            ("joe@mail.acme.co.uk", "acme"),
            ("joe@acme.de", "acme"),
            ("joe@localhost", ""),
            ("", ""),
        ]:
            with self.subTest(email=email):
                self.assertEqual(get_domain_key(email), expected)

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(st.text(max_size=MAX_NAME + 5) | st.from_regex(r"[A-Za-z,.()|'\- @]{0,60}", fullmatch=True), st.emails())
    def test_any_text(self, text, email):
        """Nothing raises, nothing is invented, and a name that was read stays as it is."""
        found = read_name(text, email)
        self.assertEqual(found.name, found.name.strip())
        self.assertLessEqual(len(found.name), max(len(text) * 3, 1))
        if found.company:
            self.assertIn(found.company, " ".join(text.split()) + found.name)

    def test_time(self):
        for text in ("(" * 500, "a - " * 200, "Dr. " * 200, "A," * 300, "[EXT] " * 100, "a@b " * 200, "' via " * 100):
            with self.subTest(text=text[:10]):
                start = time.process_time()
                for length in (MAX_NAME, 500):
                    read_name(text[:length], JOE)
                self.assertLess(time.process_time() - start, 0.1)
