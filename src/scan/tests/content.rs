//! The forms in which text holds credentials: encodings, codes in one another, keys in all foldings, pieces, long lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Confidence, Located, blob, shared};

/// A token as its rule's own example has it.
fn token() -> String {
    let rules = shared().rules().rules();
    let rule = rules.iter().find(|rule| rule.id == "github-pat").unwrap();
    let example = crate::rules::expand(&rule.examples[0], &rule.id, 0);
    let blob = blob("a.txt", example.as_bytes());
    let found = shared().scan(&blob);
    String::from_utf8(found[0].value.of(&blob.bytes).to_vec()).unwrap()
}

/// A key that holds together: its lines decode to a sequence of the length that it tells.
fn pem() -> Vec<String> {
    let mut der = vec![0x30, 0x82, 0x02, 0x3c];
    der.extend((0..0x23c_u32).map(|n| u8::try_from((n * 7919 + n * n * 31) % 251).unwrap()));
    let text = STANDARD.encode(der);
    let label = ["PRIVATE", "KEY"].join(" ");
    let body = text.as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap());
    std::iter::once(format!("-----BEGIN {label}-----")).chain(body).chain([format!("-----END {label}-----")]).collect()
}

fn scan(path: &str, text: &[u8]) -> Vec<(String, Located, Vec<u8>)> {
    let blob = blob(path, text);
    let found = shared().scan(&blob).into_iter();
    found
        .map(|located| (located.finding.rule.clone(), located.clone(), located.value.of(&blob.bytes).to_vec()))
        .collect()
}

#[test]
fn text_in_every_encoding_is_read() {
    let line = "the_password = \"kV8#mQz2rT\"\n";
    let units = |to: fn(u16) -> [u8; 2]| line.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    for text in [
        line.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", line.as_bytes()].concat(),
        [b"# Stra\xdfe\n", line.as_bytes()].concat(),
        units(u16::to_le_bytes),
        units(u16::to_be_bytes),
        [vec![0xff, 0xfe], units(u16::to_le_bytes)].concat(),
        [vec![0xfe, 0xff], units(u16::to_be_bytes)].concat(),
    ] {
        let found = scan("a.py", &text);
        assert_eq!(found.len(), 1, "{text:?}");
        assert_eq!((found[0].2.as_slice(), found[0].1.finding.span.column), (&b"kV8#mQz2rT"[..], 17), "{text:?}");
    }
    assert_eq!(scan("a.py", b"password = \"kV8\xfc#mQz2rT\"\n")[0].2, b"kV8\xfc#mQz2rT", "Latin-1 in the value");
}

#[test]
fn codes_are_read_in_any_order_three_deep_and_no_deeper() {
    let hex = |text: &str| text.bytes().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat();
    let percent = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat();
    let escapes = |text: &str| text.bytes().map(|b| format!("\\u{b:04x}")).collect::<Vec<_>>().concat();
    let codes: [&dyn Fn(&str) -> String; 4] = [&|text| STANDARD.encode(text), &hex, &percent, &escapes];
    let plain = format!("GITHUB={}", token());
    for (one, first) in codes.iter().enumerate() {
        for (two, second) in codes.iter().enumerate() {
            for (three, third) in codes.iter().enumerate() {
                let text = third(&second(&first(&plain)));
                let found = scan("a.txt", format!("blob: {text}\n").as_bytes());
                let found: Vec<_> = found.iter().filter(|(rule, ..)| rule == "github-pat").collect();
                assert_eq!(found.len(), 1, "{one} {two} {three}");
                assert!(
                    found[0].1.stands == crate::model::Stands::Encoded && found[0].2 == text.as_bytes(),
                    "{one} {two} {three}"
                );
            }
        }
    }
    let four = (0..4).fold(plain, |text, _| STANDARD.encode(text));
    assert!(scan("a.txt", four.as_bytes()).iter().all(|(rule, ..)| rule != "github-pat"));
}

#[test]
fn keys_are_found_in_every_folding() {
    let lines = pem();
    let whole = lines.join("\n");
    let indented = lines.join("\n  ");
    for (path, text) in [
        ("a.key", whole.clone()),
        ("a.key", lines.join("\r\n")),
        ("a.json", format!("{{\"k\": \"{}\\n\"}}", lines.join("\\n"))),
        ("a.json", format!("{{\"c\": \"{{\\\"k\\\": \\\"{}\\\"}}\"}}", lines.join("\\\\n"))),
        ("a.env", format!("KEY=\"{}\"\n", lines.join("\\n"))),
        ("a.env", format!("KEY=\"{}\"\n", lines.join(" "))),
        ("a.yaml", format!("k: |\n  {indented}\n")),
        ("a.yaml", format!("k: >-\n  {}\n", lines.join("\n\n  "))),
        ("a.yaml", format!("k: \"{}\"\n", lines.join("\\n\\\n  "))),
        ("a.yaml", format!("tls.key: {}\n", STANDARD.encode(&whole))),
        ("a.properties", format!("k={}\n", lines.join("\\n\\\n  "))),
        ("a.xml", format!("<k>{}</k>", lines.join("&#10;"))),
        ("a.py", format!("k = \"\"\"{whole}\"\"\"\n")),
        ("a.py", format!("k = (\n    \"{}\\n\"\n)\n", lines.join("\\n\"\n    \""))),
        ("a.java", format!("String k = \"{}\\n\";\n", lines.join("\\n\" +\n    \""))),
        ("a.js", format!("const k = '{}';\n", lines.join("' + '\\n' +\n  '"))),
        ("a.js", format!("const k = [\n  '{}',\n].join('\\n');\n", lines.join("',\n  '"))),
        ("a.php", format!("<?php $k = \"{}\\n\";\n", lines.join("\\n\" .\n  \""))),
    ] {
        let found = scan(path, text.as_bytes());
        let keys = found
            .iter()
            .filter(|(rule, located, _)| rule == "private-key" && located.finding.confidence == Confidence::High);
        assert_eq!(keys.count(), 1, "{path}: {text}");
    }
}

#[test]
fn a_token_in_pieces_is_found_with_the_span_of_all_of_them() {
    let token = token();
    let (head, tail) = token.split_at(17);
    for (path, text) in [
        ("a.py", format!("x = \"{head}\" + \"{tail}\"\n")),
        ("a.py", format!("x = (\"{head}\"\n     f\"{tail}\")\n")),
        ("a.py", format!("x = \"{head}\\\n{tail}\"\n")),
        ("a.java", format!("String x = \"{head}\" +\n    \"{tail}\";\n")),
        ("a.php", format!("<?php $x = '{head}' . '{tail}';\n")),
        ("a.lua", format!("x = '{head}' .. '{tail}'\n")),
        ("a.c", format!("const char *x = \"{head}\" \"{tail}\";\n")),
    ] {
        let found = scan(path, text.as_bytes());
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        let (rule, located, value) = &found[0];
        assert!(rule == "github-pat" && located.stands == crate::model::Stands::Encoded, "{text}");
        let value = String::from_utf8_lossy(value);
        assert!(value.starts_with(head) && value.ends_with(tail), "{text}");
        let excerpt = located.finding.excerpt.as_str();
        assert!(!excerpt.contains(head) && !excerpt.contains(tail), "{excerpt}");
    }
    let wrapped = STANDARD.encode(format!("{} GITHUB={token} {}", "lorem ".repeat(9), "ipsum ".repeat(9)));
    let lines: Vec<&str> = wrapped.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    assert_eq!(scan("a.yaml", format!("data: |\n  {}\n", lines.join("\n  ")).as_bytes())[0].0, "github-pat");
}

#[test]
fn strings_of_several_lines_are_read() {
    for (path, text) in [
        ("a.py", "db_password = \"\"\"kV8#mQz2rT\"\"\"\n"),
        ("a.py", "config = \"\"\"\ndb_password = kV8#mQz2rT\n\"\"\"\n"),
        ("a.py", "db_password = \\\n    \"kV8#mQz2rT\"\n"),
        ("a.js", "const dbPassword = `kV8#mQz2rT`;\n"),
        ("a.go", "var dbPassword = `kV8#mQz2rT`\n"),
        ("a.rs", "let db_password = r#\"kV8#mQz2rT\"#;\n"),
        ("a.sh", "cat > x <<EOF\ndb_password=kV8#mQz2rT\nEOF\n"),
        ("a.rb", "db_password = <<~X\n  kV8#mQz2rT\nX\n"),
        ("a.php", "<?php\n$db_password = <<<'X'\nkV8#mQz2rT\nX;\n"),
        ("a.yaml", "db_password: |\n  kV8#mQz2rT\nother: 1\n"),
        ("a.yaml", "db_password: >-\n  kV8#mQz2rT\n"),
    ] {
        let found = scan(path, text.as_bytes());
        assert_eq!(found.len(), 1, "{path}: {text}");
        assert_eq!(found[0].2, b"kV8#mQz2rT", "{path}: {text}");
    }
}

#[test]
fn a_line_of_megabytes_hides_nothing() {
    let filler = "{\"id\":17,\"name\":\"lorem ipsum\",\"tags\":[\"a\",\"b\"]},".repeat(32_000);
    let line = format!("[{filler}{{\"password\":\"kV8#mQz1rT\"}},{filler}{{\"password\":\"kV8#mQz2rT\"}}]");
    assert!(line.len() > 3_000_000);
    let found = scan("a.json", line.as_bytes());
    let values: Vec<_> = found.iter().map(|(.., value)| value.as_slice()).collect();
    assert_eq!(values, [b"kV8#mQz1rT", b"kV8#mQz2rT"]);
    assert!(found.iter().all(|(_, located, _)| located.finding.excerpt.as_str().chars().count() <= 162));
}

/// `length` letters and digits as a generator of passwords draws them, the same for the same `seed`.
fn draw(seed: u64, length: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[usize::try_from((state >> 33) % 62).unwrap()])
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

/// One draw in a few thousand holds a word or letters in order, and these do.
#[test]
fn chance_hides_no_value_that_was_drawn_at_random() {
    let draws = [
        (7747, 24, "EXCHANGE_API_KEY={}\n"),
        (7820, 24, "EXCHANGE_API_KEY={}\n"),
        (8361, 18, "CACHE_URL=redis://:{}@cache.shop.internal:6379/0\n"),
        (8650, 18, "CACHE_URL=redis://:{}@cache.shop.internal:6379/0\n"),
        (9048, 18, "CACHE_URL=redis://:{}@cache.shop.internal:6379/0\n"),
        (4078, 20, "SMTP_PASSWORD='{}'\n"),
        (8530, 20, "SMTP_PASSWORD='{}'\n"),
    ];
    for (seed, length, line) in draws {
        let found = scan(".env", line.replace("{}", &draw(seed, length)).as_bytes());
        assert_eq!(found.len(), 1, "draw {seed} under {line}");
        assert!(found[0].1.finding.confidence >= Confidence::Medium, "draw {seed} under {line}");
    }
    let with_signs = scan("settings.py", b"import os\n\nDB_PASSWORD = \"kCvTARnY8sH!ditCBa\"\n");
    assert!(with_signs[0].1.finding.confidence >= Confidence::Medium);
    let example = scan("context.json", b"{\"access_key\": \"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\"}");
    assert!(example.iter().all(|(_, located, _)| located.finding.confidence < Confidence::Medium));
    let name = scan("a.py", b"api_key = \"MaxHttpRequestIdKeyNm\"\n");
    assert!(name.iter().all(|(_, located, _)| located.finding.confidence < Confidence::Medium));
}

/// Places of one value in one file, as programs have them that need a credential more than once.
const REPEATED: [(&str, &str, usize); 9] = [
    (".env", "POSTGRES_PASSWORD={}\nDATABASE_URL=postgres://app:{}@db:5432/orders\n", 2),
    (".env", "API_TOKEN={}\nAUTH_TOKEN={}\n", 2),
    (".env", "# rotate {}\nDB_PASSWORD={}\n", 1),
    (".env", "DB_PASSWORD={}\nRO_PASSWORD={}-ro\n", 2),
    ("docker-compose.yml", "environment:\n  - POSTGRES_PASSWORD={}\n  - DB_PASSWORD={}\n", 2),
    ("application.yml", "datasource:\n  password: {}\nflyway:\n  password: {}\n", 2),
    ("application.properties", "a.password={}\nb.password={}\nc.password={}\n", 3),
    ("a.py", "A_PASSWORD = \"{}\"\nB_PASSWORD = \"{}\"\n", 2),
    ("a.js", "const password = \"{}\";\nconst dbPassword = '{}';\n", 2),
];

#[test]
fn a_credential_that_stands_twice_is_found_twice() {
    for form in ["{{b62:20}}", "{{b62:32}}", "{{hex:32}}", "{{lownum:24}}"] {
        let values: Vec<String> = (0..20).map(|number| crate::rules::expand(form, "repeated", number)).collect();
        assert!(values[0].len() >= 20, "{}", values[0]);
        for (path, text, places) in REPEATED {
            let found = values.iter().map(|value| {
                let found = scan(path, text.replace("{}", value).as_bytes());
                found.iter().filter(|(_, located, _)| located.finding.confidence > Confidence::Low).count()
            });
            let found: usize = found.sum();
            // a draw that holds a word may be missed
            assert!(found * 10 >= values.len() * places * 9, "{path} {form}: {found} of 20 times {places}");
        }
    }
}

#[test]
fn a_name_that_stands_twice_is_no_credential() {
    let text =
        "volumes:\n  - name: web-tls-certs\n    secret:\n      secretName: web-tls-certs\ntoken: web-tls-certs\n";
    assert_eq!(scan("a.yaml", text.as_bytes()).len(), 0);
    assert_eq!(scan("a.py", b"token = session_token2\nuse(session_token2)\n").len(), 0);
}

#[test]
fn a_long_value_is_found_and_masked_as_a_whole() {
    let value = crate::rules::expand("{{b62:5000}}", "long", 0);
    for (path, text) in [
        (".env", "API_TOKEN={}\n"),
        ("a.yaml", "api_token: {}\n"),
        ("a.properties", "api.token={}\n"),
        ("a.py", "API_TOKEN = \"{}\"\n"),
        ("a.json", "{\"api_token\": \"{}\"}\n"),
        ("a.xml", "<x><api_token>{}</api_token></x>\n"),
    ] {
        let found = scan(path, text.replace("{}", &value).as_bytes());
        assert_eq!(found.len(), 1, "{path}");
        assert!(found[0].2 == value.as_bytes(), "{path}: {} bytes", found[0].2.len());
        let shown = found[0].1.finding.excerpt.as_str();
        assert!(!value.as_bytes().windows(8).any(|part| shown.contains(std::str::from_utf8(part).unwrap())), "{path}");
    }
}
