-- The packages that are looked at. Names are kept in lower case, so that (npm, React) and (npm, react) cannot be two.
-- STRICT, so that a column holds its type alone, as PostgreSQL's do.
CREATE TABLE projects (
    -- As a sequence does, it gives no id twice; numbers are those of 32 bits, as PostgreSQL's integer.
    id INTEGER PRIMARY KEY AUTOINCREMENT CONSTRAINT projects_id CHECK (id BETWEEN -2147483648 AND 2147483647),
    ecosystem TEXT NOT NULL CONSTRAINT projects_ecosystem CHECK (length(ecosystem) <= 100),
    name TEXT NOT NULL CONSTRAINT projects_name CHECK (length(name) <= 255),
    description TEXT,
    homepage_url TEXT CONSTRAINT projects_homepage_url CHECK (length(homepage_url) <= 500),
    repository_url TEXT CONSTRAINT projects_repository_url CHECK (length(repository_url) <= 500),
    -- What the ecosystem says; not every dependency has a row.
    dependency_count INTEGER DEFAULT 0
        CONSTRAINT projects_dependency_count CHECK (dependency_count BETWEEN -2147483648 AND 2147483647),
    -- Times have one form, RFC 3339 in UTC, so that their order as text is that in time.
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT projects_created_at CHECK (
            created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')
            AND created_at >= '0001'
        ),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT projects_updated_at CHECK (
            updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')
            AND updated_at >= '0001'
        ),
    UNIQUE (ecosystem, name),
    CONSTRAINT ecosystem_is_lower_case CHECK (ecosystem = lower(ecosystem)),
    CONSTRAINT name_is_lower_case CHECK (name = lower(name)),
    -- The capital letters beyond ASCII, of which lower() knows none here.
    CONSTRAINT lower_case_beyond_ascii CHECK (
        ecosystem || '/' || name NOT GLOB '*['
        || 'À-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƁƂƄƆƇƉ-ƋƎ-ƑƓƔƖ-ƘƜƝƟƠƢƤƦƧƩƬ'
        || 'ƮƯƱ-ƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶ-ǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃ-ɆɈɊɌɎͰͲͶͿΆΈ-ΊΌΎΏΑ-ΡΣ-Ϋ'
        || 'ϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽ-ЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾ'
        || 'ԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱ-ՖႠ-ჅჇჍᎠ-ᏵᲐ-ᲺᲽ-ᲿḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬ'
        || 'ṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẞẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾἈ-ἏἘ-ἝἨ-ἯἸ-ἿὈ-ὍὙὛὝὟὨ-Ὧᾈ-ᾏ'
        || 'ᾘ-ᾟᾨ-ᾯᾸ-ᾼῈ-ῌῘ-ΊῨ-ῬῸ-ῼΩKÅℲⅠ-ⅯↃⒶ-ⓏⰀ-ⰯⱠⱢ-ⱤⱧⱩⱫⱭ-ⱰⱲⱵⱾ-ⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜ'
        || 'ⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚ'
        || 'ꞜꞞꞠꞢꞤꞦꞨꞪ-ꞮꞰ-ꞴꞶꞸꞺꞼꞾꟀꟂꟄ-ꟇꟉꟐꟖꟘꟵＡ-Ｚ𐐀-𐐧𐒰-𐓓𐕰-𐕺𐕼-𐖊𐖌-𐖒𐖔𐖕𐲀-𐲲𑢠-𑢿𖹀-𖹟𞤀-𞤡'
        || ']*'
    ),
    -- PostgreSQL's text has no NUL, which json_array() writes as \u0000, and nothing that is not UTF-8: most of that is
    -- U+FFFD to GLOB, as the byte FF is. A U+FFFD that is written as one is taken.
    CONSTRAINT projects_text CHECK (
        replace(
            replace(
                replace(json_array(ecosystem, name, description, homepage_url, repository_url), '\\', ''),
                '\u0000', CAST(x'ff' AS TEXT)
            ),
            char(65533), ''
        ) NOT GLOB '*' || char(65533) || '*'
    )
) STRICT;
