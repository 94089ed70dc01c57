"""Names of people and companies, with a spread like that of a real address book."""

from __future__ import annotations

FIRST_NAMES = (
    "Anna Maria Peter Thomas Julia Michael Sarah Daniel Laura Stefan Nina Martin Eva Jan Sofia Paul Lena Marco Elena Luca "
    "Emma Noah Chloé Hugo Léa Louis Inès Jules Olivia Jack Amelia Harry Grace George Freya Oscar Ingrid Lars Astrid Björn "
    "Zofia Jakub Hanna Piotr Agnieszka Tomáš Jana Pavel Mehmet Ayşe Emre Elif Ivan Olga Dmitri Natasha Yuki Haruto Mei Wei "
    "Priya Arjun Ananya Rahul Fatima Omar Layla Yusuf Camila Mateo Valentina Diego João Beatriz Rafael Larissa Kofi Amara"
).split()
LAST_NAMES = (
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Bauer Koch Richter Klein Wolf Neumann Braun "
    "Martin Bernard Dubois Petit Durand Leroy Moreau Laurent Simon Lefèvre Smith Jones Taylor Brown Wilson Evans Thomas "
    "Johnson Walker Wright Robinson Thompson Hughes Green Rossi Russo Ferrari Esposito Bianchi Romano García Martínez López "
    "Sánchez Pérez Fernández Silva Santos Oliveira Pereira Costa Jansen Bakker Visser Smit Andersson Johansson Nilsson "
    "Hansen Olsen Larsen Nielsen Kowalski Nowak Wiśniewski Novák Svoboda Horváth Nagy Popescu Ionescu Yılmaz Kaya Demir "
    "Ivanov Petrov Smirnov Tanaka Sato Suzuki Wang Li Zhang Chen Kim Park Nguyen Patel Sharma Singh Khan Ahmed Hassan Ali "
    "Okafor Mensah Diallo Traoré"
).split()
COMPANY_WORDS = (
    "Nordwind Alpina Meridian Kestrel Bluewater Granit Solaris Hanse Rheintal Atlas Borealis Cobalt Delta Eiche Falken "
    "Gallia Helvetia Iberia Juno Kappa Lumen Marina Nova Orion Pinnacle Quartz Rubin Sierra Tundra Umbra Vector Weser Xenon"
).split()
COMPANY_KINDS = (
    "Logistics Metall Foods Systems Consulting Optik Textil Pharma Energie Media Bau Design Foundry Partners Labs Trading"
).split()
COMPANY_FORMS = "GmbH Ltd SARL AG Inc. S.p.A. B.V. KG".split()
PRIVATE_DOMAINS = "freepost inboxly webbrief quickmail posteo-like mailhaus nettle letterbird".split()
CITIES = "Hamburg Lyon Leeds Torino Porto Gdańsk Brno Malmö Utrecht Graz Bursa Osaka Pune Lima Accra Dakar".split()
