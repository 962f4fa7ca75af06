"""Words of names that mean the same or that say what stands beside them. General knowledge. Pure.

Languages, abbreviations, first names, places, ensembles: nothing here names an artist.
"""

from __future__ import annotations

import re

# Words that join people; what follows them is somebody else, or a backing group.
CONNECTORS = frozenset(
    "and with feat featuring ft vs versus x meets en och og e con mit avec presents pres".split()
)
# In a credit these say that somebody else plays what the named one made: in English, Spanish,
# German and French.
TRIBUTE = re.compile(
    r"(?<!\w)(?:tribute(?: band| album)? to|tributo a|homenaje a|hommage (?:à|a|au|aux)|homage to|"
    r"hommage an|tribut (?:an|à)|huldigung an|tribute band|cover band|banda (?:de )?tributo|"
    r"(?:plays?|playing|performs?|performing|sings?|singing|covers|does) (?:the )?(?:music|songs|"
    r"hits|works|tunes) (?:of|by|from)|(?:the )?(?:music|songs|hits) of|in the style of|"
    r"as (?:made famous|performed|originally performed) by|originally performed by|"
    r"(?:toca|tocan|interpreta|interpretan|canta|cantan) (?:la música|la musica|las canciones|"
    r"los éxitos|los exitos|a)|(?:la música|la musica|las canciones|versiones) de|"
    r"(?:spielt|spielen|singt|singen) (?:die )?(?:musik|lieder|songs|hits) von|"
    r"(?:die )?(?:musik|lieder) von|"
    r"(?:joue|jouent|chante|chantent|reprend|reprennent) (?:la musique|les chansons|les titres) de|"
    r"(?:la musique|les chansons) de|reprises de)(?!\w)",
    re.IGNORECASE,
)
# Of one meaning in front of a name; people write them or leave them out.
TITLES = frozenset(
    "dj deejay mc mr mister mrs ms miss dr doctor doc sir lady don dona king queen prof professor "
    "rev reverend lil little big saint st sta ste san sister brother bro papa mama master sgt "
    "sergeant capt captain major maestro monsieur madame herr frau senor senora signor snr sri "
    "pandit ustad sheikh el the".split()
)
# Who plays along: such a name is another artist's than the name without it.
ENSEMBLES = frozenset(
    "orchestra orchester orquesta orchestre orkest orkester orkestar ensemble ensamble trio "
    "quartet quartett cuarteto quatuor quarteto kvartet kvartett quintet quintett quinteto "
    "quintette sextet sextett sexteto septet septett octet oktett nonet choir chorus chor coro "
    "choeur kor koor unlimited allstars friends amigos freunde kammerorchester philharmonic "
    "strings singers boys girls family combo combinations soloists consort sinfonietta "
    "bigband jazzband players sextette duo soundsystem experience explosion revue unit "
    "hermanos brothers sisters company collective syndicate".split()
)
# One such word behind a name is left out as often as not.
GROUP_WORDS = frozenset(
    "band banda project projekt proyecto crew group gruppe grupo groupe inc ltd untd orch co "
    "live official music".split()
)
GENERATIONS = frozenset("jr sr junior senior".split())
# Short forms of first names that do not begin like the name itself, and first names of one name
# in several languages.
_ONE_FIRST_NAME = (
    "robert bob rob bobby robbie bert roberto rupert robin",
    "william bill billy will willie willy guillermo wilhelm willem guillaume liam",
    "richard dick rick ricky ricardo riccardo rich richie ritchie",
    "michael mike mick mickey miguel michel mikael mikhail michele micheal michal",
    "david dave davy davey davide",
    "stephen steven steve stefan stephan stefano esteban etienne stevie",
    "anthony tony antonio anton antoine antony toni",
    "james jim jimmy jamie jaime jimi jimmie",
    "john johnny jon jonny jack juan jean giovanni ivan johann johannes hans jan jono johnnie "
    "joao sean ian evan",
    "jonathan jonathon jon jonny jono nathan",
    "edward ted ned ed eddie eddy eduardo edouard eduard teddy",
    "henry harry hank enrique henri heinrich henrik heinz enrico hendrik",
    "charles chuck charlie charly carlos karl carl carlo chas",
    "lawrence larry laurence laurent lorenzo lars lorenz laurie",
    "joseph joe jose pepe josef giuseppe jozef sepp joey beppe",
    "francis frank francisco paco pancho francesco franz francois franck frankie fran",
    "ignatius ignacio nacho",
    "dolores lola",
    "katherine kate catherine cathy kathy katharina catalina caterina katie katy kathleen",
    "elizabeth liz beth elisabeth lisa betty isabel lizzie eliza elsa elise",
    "margaret peggy maggie margarita marguerite greta meg margarethe rita",
    "frederick fritz friedrich fred freddie freddy federico frederic fredrik frederik",
    "peter pete pedro pierre pietro piotr petr pyotr",
    "alexander alex alexandre alejandro aleksandr sasha sascha alessandro sandy aleks xander",
    "andrew andy andreas andres andre andrea andrzej andrei andrey anders drew",
    "matthew matt mathieu mateo matteo matthias mathias matti matthieu matty",
    "christopher chris christoph christophe cristobal cris kristoffer kris",
    "christian chris cristian kristian christer",
    "nicholas nick nicolas nico nikolaus nikolai nicola nicky niklas nicolai klaus nik",
    "daniel dan danny daniele danilo dani",
    "samuel sam sammy samuele",
    "thomas tom tommy tomas tommaso tomasz thom",
    "timothy tim timmy",
    "benjamin ben benny benjamim benji benoit",
    "gregory greg gregor gregorio gregg grzegorz",
    "jeffrey jeff geoffrey geoff jeffery",
    "kenneth ken kenny",
    "ronald ron ronnie ronny",
    "donald don donnie donny",
    "raymond ray raimund ramon raimundo",
    "patrick pat paddy patricio patrizio padraig",
    "patricia pat patti patty tricia patsy",
    "philip phil phillip philippe felipe filip",
    "leonard len lenny leo leonardo leonhard lennie",
    "louis luis ludwig luigi ludovic lewis lou louie lodewijk lajos luiz",
    "george jorge georges georg giorgio jiri yuri jurgen jorg goran george jordi joerg",
    "gerald gerry gerard gerhard jerry gerd geraldo gerardo",
    "vincent vince vincente vicente vinnie vincenzo vinny vin",
    "victor vic viktor vittorio",
    "walter walt wally gualtiero",
    "arthur art arturo artur arto",
    "albert al bert alberto albrecht bertie",
    "alfred al fred alfredo alf alfie",
    "alan allan allen al alain",
    "martin marty martino maarten marten martyn",
    "mark marc marco marcus markus marcos marek marko",
    "paul pablo paulo paolo pavel pawel pauli",
    "phillip philip", "simon simeon simone szymon",
    "theodore ted theo teddy teodoro theodor",
    "dimitri dimitry dmitri dmitry dimitris dima dimitrios demetrio",
    "sergei serge sergio sergey",
    "wolfgang wolf",
    "rebecca becky becca",
    "susan sue susanne suzanne susana susie suzy suzanna",
    "deborah debbie deb debra",
    "barbara barb babs", "jennifer jenny jen jenn", "jessica jess jessie",
    "victoria vicky vicki tori", "alexandra sandra sasha alex alejandra",
    "anna anne ann ana annie hannah anja anya", "mary maria marie mari marija",
    "eleanor ellie nell nelly leonora", "helen helena elena helene ellen ilona",
    "julia julie giulia juliet juliette", "sarah sara sally", "susannah susanna",
    "caroline carolina karoline carol carrie", "joanna jo joan johanna joanne juana giovanna",
    "eugene gene eugenio evgeny yevgeny", "nathaniel nat nate", "zachary zach zack zac",
    "joshua josh", "jacob jake jakob jacques jacobo jakub giacomo jacopo", "maximilian max",
    "bernard bernie bernardo bernhard bernd", "clifford cliff", "douglas doug dougie",
    "dennis denis denny", "russell russ rusty", "stanley stan", "lemuel lem", "reginald reg reggie",
)  # fmt: skip
NICKNAMES: dict[str, frozenset[str]] = {}
for _line in _ONE_FIRST_NAME:
    _names = frozenset(_line.split())
    for _name in _names:
        NICKNAMES[_name] = NICKNAMES.get(_name, frozenset()) | _names

# One word of several languages and its abbreviations, by what it is compared as.
_ONE_MEANING = {
    "orchestra": "orchestra orch orchester orquesta orchestre orkest orkestar orkester orquestra "
        "orchestar orkestr orkestra zenekar",
    "philharmonic orchestra": "philharmoniker philharmonics filarmonici",
    "philharmonic": "philharmonic philharmonie philharmonique filarmonica filarmonico "
        "philharmonisches philharmonische filharmonie filharmonia filarmonia "
        "filharmonicky filarmonisk phil",
    "symphony": "symphony sinfonica sinfonico symphonique sinfonie symphonie sinfonia symph "
        "symfonie symfoniorkester simfonica symphonic",
    "symphony orchestra": "sinfonieorchester symphonieorchester symphoniker sinfoniker "
        "symfonieorkest sinfonieorchestra",
    "chamber": "chamber kammer camara chambre camera kamer komorni kamerny",
    "chamber orchestra": "kammerorchester kamerorkest",
    "choir": "choir chor chorus coro choeur kor koor hor zbor choeurs kuoro khor",
    "radio": "radio rundfunk radiodiffusion radiotelevision",
    "quartet": "quartet quartett cuarteto quatuor quarteto quartetto kvartet kvartett kwartet",
    "quintet": "quintet quintett quinteto quintette quintetto kvintet",
    "sextet": "sextet sextett sexteto sextette",
    "octet": "octet oktett octeto octuor",
    "ensemble": "ensemble ensamble ansambl ansamblis",
    "band": "band banda bend",
    "brothers": "brothers bros hermanos gebruder bruder freres fratelli",
    "sisters": "sisters schwestern hermanas soeurs sorelle",
    "saint": "saint st sankt sainte ste sint szent",
    "junior": "junior jr jnr",
    "senior": "senior sr",
    "mister": "mister mr señor senor snr herr monsieur signor",
    "doctor": "doctor dr doktor doc",
    "professor": "professor prof profesor",
    "reverend": "reverend rev",
    "mount": "mount mt",
    "sergeant": "sergeant sgt",
    "captain": "captain capt cpt kapitan",
    "lieutenant": "lieutenant lt leutnant",
    "general": "general gen",
    "deejay": "dj deejay",
    "featuring": "featuring feat ft",
    "limited": "limited ltd",
    "incorporated": "incorporated inc",
    "company": "company co cia cie",
    "unlimited": "unlimited untd unltd",
    "international": "international intl internacional",
    "national": "national nacional nationale nazionale natl",
    "state": "state staats staat estatal",
    "royal": "royal real konigliche koninklijk koninklijke reale",
    "theatre": "theatre theater teatro",
    "opera": "opera oper operan",
    "group": "group gruppe grupo groupe gruppo grp",
    "project": "project projekt proyecto proj",
    "department": "department dept",
    "associated": "associated assoc",
    "street": "street str",
    "traditional": "traditional trad traditionnel traditionnelle tradicional traditionell "
        "traditionals tradizionale narodna volkslied volksweise folklore popular",
    "anonymous": "anonymous anon anonyme anonimo anonym anonymus",
    "unknown": "unknown unbekannt desconocido inconnu sconosciuto onbekend",
    "various": "various va varios divers diverse verschiedene vari varius diversos verzameld",
    "soundtrack": "soundtrack ost bso",
    "original": "original orig originale",
    "little": "little lil lilo",
    "london": "london londoner londres londra londen",
    "berlin": "berlin berliner berlino berlijn",
    "vienna": "vienna wien wiener viena vienne wenen",
    "munich": "munich munchen munchner munchener monaco",
    "prague": "prague prag praha praga prager",
    "cologne": "cologne koln kolner colonia keulen",
    "hamburg": "hamburg hamburger hamburgo",
    "dresden": "dresden dresdner dresde",
    "leipzig": "leipzig leipziger",
    "moscow": "moscow moskau moskva moscu moscou mosca",
    "rome": "rome roma rom romano",
    "milan": "milan milano mailand",
    "venice": "venice venezia venedig venecia venise",
    "florence": "florence firenze florenz florencia",
    "naples": "naples napoli neapel napoles",
    "turin": "turin torino",
    "geneva": "geneva genf geneve ginebra",
    "zurich": "zurich zuricher",
    "basel": "basel basler bale basilea",
    "lisbon": "lisbon lisboa lissabon lisbonne",
    "paris": "paris pariser parisien parigi parijs",
    "brussels": "brussels bruxelles brussel bruselas",
    "copenhagen": "copenhagen kobenhavn kopenhagen copenhague",
    "warsaw": "warsaw warszawa warschau",
    "gothenburg": "gothenburg goteborg",
    "antwerp": "antwerp antwerpen anvers amberes",
    "seville": "seville sevilla",
    "athens": "athens athen atenas athenes",
    "havana": "havana habana",
    "budapest": "budapest budapester",
    "bucharest": "bucharest bucuresti bukarest",
    "belgrade": "belgrade beograd belgrad",
    "czech": "czech tschechische ceska cesky checa",
    "german": "german deutsche deutsches aleman alemana allemand tedesca",
    "french": "french francais francaise francesa frances",
    "spanish": "spanish espanol espanola spanische",
    "italian": "italian italiano italiana italienische",
    "russian": "russian russische ruso rusa",
    "english": "english ingles inglesa englische",
    "new": "new nuevo nueva neue nouveau nouvelle nuova",
    "boys": "boys jungs chicos garcons",
    "girls": "girls chicas madchen filles",
}  # fmt: skip
MEANINGS: dict[str, tuple[str, ...]] = {
    word: tuple(meaning.split())
    for meaning, found in _ONE_MEANING.items()
    for word in found.split()
}
# Left out where names are compared by meaning.
SMALL_WORDS = frozenset(
    "of de del della dell dei di du des der die das den het van von la le les el los las da do dos "
    "and his her their sein seine su sus son sa ses the a an at zu im in chant duo "
    "artists artist artistas artistes kunstler interpreten artisti artiesten".split()
)

# Common surnames, beside the first names above: two of them that are spelled alike are two people
# rather than a misspelling.
_SURNAMES = (
    "smith smyth smithe johnson johnston johnstone jonson jones brown browne williams williamson "
    "wilson willson taylor tailor davis davies davison davidson evans evan thomas thompson "
    "thomson robinson robertson roberts robert wright right walker white whyte hughes edwards "
    "edward edmond edmonds redmond green greene hall hill hills wood woods ward clark clarke "
    "clerk jackson turner tanner cooper hooper harris harrison morris morrison norris king kings "
    "baker barker parker marker allen allan alan martin martins martinez phillips philips "
    "philipson lee lea leigh moore more moor mitchell michel bell ball bull bennett barnett "
    "burnett collins colin rollins cook cooke cox fox knox gray grey grant brant bryant bryan "
    "ryan bran murray murphy murphey harvey hervey kelly kelley reilly riley rilley mills miles "
    "miller muller mueller moeller moller meier meyer maier mayer mayr schmidt schmitt schmid "
    "smit schneider snyder fischer fisher weber webber wagner wegner becker beck bach bock "
    "hoffmann hofmann huffman schulz schulze scholz koch kock richter ritter klein kline wolf "
    "wolff wolfe neumann newman schwarz schwartz zimmermann zimmerman braun kruger krueger "
    "hartmann hartman lange lang long werner verner krause kraus schmitz lehmann lehman garcia "
    "gracia rodriguez rodrigues lopez lopes hernandez fernandez fernandes gonzalez gonzales perez "
    "peres sanchez sanches ramirez ramires torres flores rivera gomez gomes diaz dias reyes "
    "morales moreno romero romano alvarez alvares ruiz ortiz gutierrez chavez ramos mendoza silva "
    "silver santos sosa souza costa acosta pereira ferreira almeida rossi russo ferrari esposito "
    "bianchi colombo ricci marino greco bruno gallo conti bernard dubois durand durant laurent "
    "simon lefebvre leroy roux moreau david bertrand morel fournier girard bonnet dupont dupuis "
    "lambert fontaine rousseau vincent ivanov petrov sidorov smirnov popov nielsen nilsson nilson "
    "jensen jenson hansen hanson hansson andersen anderson andersson pedersen peterson petersen "
    "petersson larsen larson larsson olsen olson olsson berg bergman bergmann lund lundberg lind "
    "lindberg lindgren holm holmes strom strand sand jansen janssen janson jansson visser bakker "
    "dekker tanaka suzuki sato takahashi watanabe yamamoto nakamura kobayashi kato yoshida yamada "
    "sasaki ueda kawai furukawa kim lim park choi chang chan chen cheng wang wong yang young yong "
    "liu lin ling law lawler lawlor lawson dawson mason nelson watson watts watt walsh welsh "
    "welch stone stones stein steen bird byrd burke bourke burns byrne byrnes barrett barratt "
    "garrett banks bank burton barton carter cartier carr kerr ford forde foster forster hart "
    "heart hunt hunter gunter lane lowe low lowell marsh march mayo mays may newton norton palmer "
    "pearce pierce perry berry terry porter potter powell howell price pryce reed reid read reese "
    "rice richards richardson rogers rodgers rose ross ruth russell rusell sanders saunders "
    "sanderson scott shaw sharp sharpe shepherd sheppard simpson sims simms sinclair spencer "
    "stephens stevens stephenson stevenson stewart stuart sullivan sutton swan swann tate tucker "
    "tyler vaughan vaughn wade wallace walton warner warren webb west weston wheeler whitaker "
    "wilkins wilkinson willis woodward wyatt fallon ferguson fleming fletcher flynn frost gibbs "
    "gibson gilbert gill gordon graham griffin griffith griffiths hamilton hammond harding hardy "
    "harper hayes hays haynes henderson henry hicks higgins hopkins horton houston howard hudson "
    "jacobs jacobson james jenkins jennings jordan joyce kay kaye kane keane keen kennedy knight "
    "lawrence lewis lloyd lucas lynch lyons mack mackay mckay mccarthy mccarty mccoy mcdonald "
    "macdonald mckenna mckenzie mackenzie mcleod macleod mcdowell mcdowall morgan nash neal neil "
    "nichols nicholson nolan o'brien oneill oneal owen owens page paige patterson paterson patton "
    "payne paine piper poole pope pratt preston quinn ramsey ramsay randall reynolds robbins "
    "robins robson rowe rowland salazar"
).split()
# First names that have no other form above.
_FIRST_NAMES = (
    "aaron abel adam adele adrian adriana agnes aidan akira alberta alice alicia alison amanda "
    "amy angela angelo anita anouk anselm armand armin arnold arne asa ashley astrid audrey "
    "august axel ayako barry bart basil bastian beatrice bella bettina bianca bjorn blake bo "
    "boris brad brandon brenda brent brett brian bruce bruno bryan calvin cameron camille carina "
    "carla carmen carolyn casey cecil cecilia cedric celia celine cesar chantal charlotte chelsea "
    "chloe claire clara claude claudia claus clay clement clint clive cora corey craig curt "
    "curtis cynthia cyril dale damian damien damon dana darren darryl dawn dean delia derek "
    "derrick diana diane diego dieter dirk dominic dominik dominique dora doris dorothy dustin "
    "dwight earl edgar edith edmund edna edwin egon eileen elaine elias eliot ella elliot elliott "
    "ellis elmer elton elvin elvira elvis emil emilia emily emma enzo eric erica erich erik erin "
    "ernest ernst erwin esther ethan eva eve evelyn fabian fabio fabrice fatima felicia felix "
    "ferdinand fernando fiona flora florence florian floyd gabriel gabriele gail garry gary "
    "gaston gavin georgia geraldine gertrude gilbert gilles gina glen glenn gloria gordon grace "
    "graham gunther gustav guy gwen harold harvey heather hector heidi helmut herbert herman "
    "hermann hiroshi holger holly horace howard hubert hugh hugo humberto ida ike ilse ina inga "
    "inge ingrid irene iris irma isaac isabella isaiah ismael jackie jacqueline jamal janet "
    "janice janis jared jarvis jasmine jason jasper javier jay jean jed jens jeremiah jeremy "
    "jerome jesse jesus jill joachim joakim joaquin jochen jody joel joerg jordan jorn joyce juan "
    "judith judy jules julian justin kai karen karin karsten kathy katja keiko keith kelly kelvin "
    "kenji kerry kerstin kevin kieran kim kirk kirsten knut kurt kyle lance lara laura lauren lea "
    "leah leila lena leon leroy leslie lester lewis liam lillian linda lionel lloyd logan lorna "
    "lothar lucas lucia lucien lucy luis luka luke luther lydia lyle lynn mabel madeleine magnus "
    "malcolm manfred manuel marcel marcia marian marianne marilyn marina mario marion marisa "
    "marlene marlon marsha marshall martha marvin masami mathilda maureen maurice mauro melanie "
    "melissa mel melvin mercedes meredith milan mildred miles milo milton miranda miriam mitchell "
    "mohamed moira molly mona monica monika morgan moritz morris morton moses muriel murray myles "
    "nadia nancy naomi natalie natasha neil nelson neville nigel nina noah noel nora norbert "
    "norma norman olaf oleg olga oliver olivia olivier omar orlando oscar oskar osvaldo otis otto "
    "owen pamela pascal patricia paula pauline pearl pedro penelope per perry petra phyllis "
    "priscilla quentin quincy rachel rafael ragnar ralf ralph ramon randall randy raoul raphael "
    "raquel raul rebecca regina reiner reinhard remi renata renate rene rex rhonda ricardo riley "
    "rita robin rocco roderick rodney rodrigo roger roland rolf roman romeo rosa rosalie rose "
    "rosemary ross roy ruben rudolf rudolph rudy rufus rupert ruth ryan sabine sabrina salvador "
    "salvatore samantha saul scott sebastian selma serena seth shane shannon sharon shaun shawn "
    "sheila shelley sherman shirley sidney siegfried sigrid silvia silvio simon sofia solomon "
    "sonia sonja sonny sophia sophie spencer stella stuart sven sybil sylvain sylvia sylvie "
    "tadashi takeshi tamara tanya tara tatiana terence teresa terrence terry thelma theresa "
    "thierry thorsten tiffany tilman tina tobias todd torsten tracy travis trent trevor tristan "
    "troy udo ulf ulrich ulrike ursula uwe valentin valerie vanessa vera verena vernon veronica "
    "vidar viola violet virgil virginia vivian vladimir volker wanda warren wayne wendy werner "
    "wesley whitney wilfred winston wolfram xavier yasmin yoko yolanda yvette yvonne zoe"
).split()
KNOWN_NAMES = frozenset((*_SURNAMES, *_FIRST_NAMES, *NICKNAMES))
