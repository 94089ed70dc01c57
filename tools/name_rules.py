"""Words that decide how a display name is read: data for :mod:`.person_name`.

Words are compared as :func:`.person_name.get_word_key` writes them: small letters without accents, dots and hyphens.
"""

# ruff: noqa: RUF001  letters of other alphabets are intended

from .words import split_words

LEGAL_ENDS = split_words(
    # English
    "inc incorporated corp corporation co company llc llp lllp lp pllc ltd limited plc pc pty pte bhd gmbh"
    # German, Austrian, Swiss
    " ag kg kgaa ohg ug gbr ev eg mbh partg partgmbb stiftung genossenschaft"
    # French, Spanish, Portuguese, Italian, Romanian
    " sa se sas sasu sarl eurl snc scop sca asbl srl sl slu sau sccl cv rl spa sapa srls ltda lda eireli epp sgps"
    # Dutch, Scandinavian, Finnish, Baltic
    " bv nv vof cvba bvba ab hb as asa aps ivs ans oy oyj ehf hf ou uab sia"
    # Czech, Slovak, Polish, Hungarian, South Slavic, Greek, Turkish
    " sro spzoo oo spj spk kft zrt nyrt bt doo dd ood eood ad ead dooel ae epe oe as sti"
    # East Asian and Indian, in Latin letters
    " kk gk pvt tbk sdn jsc ojsc pjsc"
)
"""Last words of the names of companies."""

LEGAL_STARTS = split_words("pt ud uab sia ооо оао зао пао ао ип тоо тов ат пат фоп пп firma fa societe sc ets")
"""First words of the names of companies."""

LEGAL_UPPERCASE = split_words(
    "ab ad ae ag as bt co cv dd eg ev fa gk hb hf kk nv oe ou pc pt rl sa sc se sia sl spa ud ug ип ат пп"
)
"""Those that are names as well unless they are written with two capitals, dots or a slash."""

LEGAL_UNSPACED = (
    "株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "一般社団法人", "財団法人", "(株)", "（株）",
    "㈱", "(有)", "（有）", "㈲", "有限公司", "有限责任公司", "股份公司",
    "集团", "集團",
    "주식회사", "유한회사", "(주)", "㈜",
)  # fmt: skip
"""Legal forms in scripts that do not separate words."""

ROLES = split_words(
    "accounting accounts admin administration administracion billing bookings buchhaltung bestellung careers commercial"
    " compras comptabilite contabilidad contact contacto crew department dept desk einkauf empfang"
    " equipe equipo finance facturation fakturace group groups help helpdesk hotline info invoices invoicing it jobs"
    " klantenservice kontakt kundendienst kundenservice logistics mail marketing news newsletter notification"
    " notifications office orders presse press purchasing reception rechnung redaktion reservations sales secretariat"
    " security sekretariat service services servizio shop staff store success support team ufficio vendite ventas"
    " verkauf vertrieb webshop"
)
"""Words of names that are no person's."""

NO_NAMES = split_words(
    "autoreply donotreply mailerdaemon maildeliverysubsystem maildeliverysystem nobody none noreply noresponder"
    " nichtantworten nepasrepondre null postmaster undisclosedrecipients unknown unbekannt"
)
"""Names that say nothing; letters only."""

CONJUNCTIONS = split_words("& + and et e en i og och und y ja ve и та")

TITLES = split_words(
    "dr prof professor univprof mr mrs ms miss mx mister herr frau hr mme mlle monsieur madame mademoiselle sra srta"
    " dra profa dott dottssa ssa sigra sig ing ir drs dhr mevr mevrouw mw mag mgr bc pan pani rev hon dipl ra rain"
    " skr sr fr"
)
"""Titles and forms of address before a name."""

TITLES_DOTTED = split_words("bc fr hon hr ing ir mag mgr ms mw pan ra rain rev sig skr sr ssa")
"""Titles only with a dot: they are words or names as well."""

TITLE_PARTS = split_words("hc mult habil em med dent vet jur iur phil rer nat oec pol ing tech sc theol agr fh univ")
"""What follows a title, always with a dot or in brackets."""

CREDENTIALS = split_words(
    "phd md mba emba msc bsc ma ba meng beng mphil mpa mph jd esq cpa cfa pmp dds dmd rn pe llm llb cissp dvm dba"
    " acca fca aca csc facp frcs ccim"
)
"""What follows a name after a comma."""

GENERATIONS = split_words("jr sr ii iii iv 2nd 3rd")

PARTICLES = split_words(
    "af al av bin bint da das de degli dei del dela della den der des di do dos du e el et ibn la las los of ten ter"
    " the und van vom von y zu zum zur 't"
)
"""Small words inside names; at the beginning of a name they have a capital."""

NO_VOWEL_NAMES = split_words("dr jr mc ng sr st")

ASIDES = split_words(
    "ext extern external externe externo esterno guest gast invite invitado contractor consultant"
    " she sheher sheherhers he hehim hehimhis they theythem theythemtheirs sieihr erihm elle ellela il illui"
)
"""What is between brackets, but no company: letters only."""

TAGS = split_words("ext extern external externe externo esterno spam suspicious caution")
"""What gateways write before a name."""

HONORIFICS = ("様", "さま", "さん", "殿", "御中", "先生", "女士", "小姐", "太太", "님", "씨", "귀하")
"""What follows a name in Japanese, Chinese and Korean."""

VIA = ("via", "über", "par", "tramite", "przez", "through", "mediante", "a través de", "através de", "prostřednictvím")
"""Words between a person and the service that sends for them."""

VIA_ONLY_SERVICES = frozenset(("par", "through", "mediante", "über", "przez"))
"""Those that are ordinary words or names as well: they need a known service."""

SERVICES = (
    "google", "docusign", "dropbox", "sharepoint", "onedrive", "linkedin", "calendly", "adobe", "groups", "zendesk",
    "wetransfer", "figma", "slack", "trello", "asana", "github", "gitlab", "notion", "paypal", "ebay", "hellosign",
)  # fmt: skip
