//! robots.txt compared with RFC 9309 and the documented behaviour of the best-known parser, Google's. Where the two
//! differ we follow the RFC, which compares octets after undoing percent-encoding that isn't needed.

use sanad_fetch::Robots;

/// A file, the paths that it allows, and the paths that it forbids.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    // The example of groups in RFC 9309, section 5.1, for a crawler that no group names.
    (
        "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\nUser-Agent: foobot\nDisallow:/\nAllow:/example/page.html\n",
        &["/", "/publications/", "/x.gif?y"],
        &["/x.gif", "/example/", "/example/page.html"],
    ),
    // The longest match (section 5.2).
    (
        "User-Agent: Sanad\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n",
        &["/example/page/", "/example/page/x.gif"],
        &["/example/page/disallowed.gif"],
    ),
    // A file that is empty or has no rule allows everything.
    ("", &["/", "/a"], &[]),
    ("foo: /a\nbar\n\n", &["/a"], &[]),
    ("User-agent: *\nDisallow:\n", &["/a"], &[]),
    ("User-agent: *\nDisallow: \nAllow: \n", &["/a"], &[]),
    // A rule before any group has no effect.
    ("Disallow: /\nUser-agent: *\nDisallow: /x\n", &["/a"], &["/x"]),
    // Names of lines and of crawlers are case-insensitive, paths are case-sensitive.
    ("USER-AGENT: sAnAd\nDISALLOW: /X\n", &["/x"], &["/X"]),
    // Text after the product token is ignored.
    ("User-agent: Sanad/0.1 (beta)\nDisallow: /x\n", &[], &["/x"]),
    ("User-agent: sanad images\nDisallow: /x\n", &[], &["/x"]),
    ("User-agent: sanadbot\nDisallow: /x\nUser-agent: s\nDisallow: /\n", &["/x"], &[]),
    // `*` by itself means all crawlers. Text after white space is ignored; without white space `*` is a part of a name.
    ("User-agent: * all\nDisallow: /x\n", &[], &["/x"]),
    ("User-agent: *all\nDisallow: /x\n", &["/x"], &[]),
    // The crawler's own group replaces the group for all, even if it is empty.
    ("User-agent: *\nDisallow: /\nUser-agent: sanad\n", &["/"], &[]),
    ("User-agent: *\nDisallow: /\nUser-agent: sanad\nDisallow: /x\n", &["/"], &["/x"]),
    // Groups of the same crawler are merged, and lines of other kinds don't end a group.
    (
        "User-agent: sanad\nDisallow: /a\nUser-agent: b\nDisallow: /c\nUser-agent: sanad\nDisallow: /d\n",
        &["/c"],
        &["/a", "/d"],
    ),
    ("User-agent: a\nSitemap: /s.xml\nUser-agent: sanad\nunknown: x\nDisallow: /x\n", &["/y"], &["/x"]),
    ("User-agent: a\nCrawl-delay: 1\nUser-agent: sanad\nDisallow: /x\n", &["/y"], &["/x"]),
    ("User-agent: sanad\nCrawl-delay: 1\nUser-agent: a\nDisallow: /x\n", &["/y"], &["/x"]),
    ("User-agent: sanad\n\n\nDisallow: /x\n", &["/y"], &["/x"]),
    // The longest rule wins in any order; in a tie `Allow` wins.
    ("User-agent: *\nAllow: /x/page.html\nDisallow: /x/\n", &["/x/page.html"], &["/x/", "/x/other"]),
    ("User-agent: *\nDisallow: /x/\nAllow: /x/page.html\n", &["/x/page.html"], &["/x/"]),
    ("User-agent: *\nDisallow: /x\nAllow: /x\n", &["/x", "/xy"], &[]),
    ("User-agent: *\nDisallow: /x/\nAllow: /x\n", &["/x"], &["/x/", "/x/y"]),
    (
        "User-agent: *\nDisallow: /\nAllow: /page*.html\nDisallow: /page.htm\n",
        &["/page.html", "/page1.html"],
        &["/", "/page.htm"],
    ),
    // The examples of paths in the documentation of Google's parser.
    (
        "User-agent: *\nDisallow: /fish\n",
        &["/Fish.asp", "/catfish", "/?id=fish", "/desert/fish"],
        &["/fish", "/fish.html", "/fish/salmon.html", "/fishheads", "/fish.php?id=a"],
    ),
    ("User-agent: *\nDisallow: /fish*\n", &["/Fish.asp", "/catfish"], &["/fish", "/fish.html", "/fishheads"]),
    (
        "User-agent: *\nDisallow: /fish/\n",
        &["/fish", "/fish.html", "/animals/fish/"],
        &["/fish/", "/fish/?id=a", "/fish/salmon.htm"],
    ),
    (
        "User-agent: *\nDisallow: /*.php\n",
        &["/", "/windows.PHP"],
        &["/index.php", "/filename.php", "/folder/x.php?p", "/folder/any.php.file.html", "/filename.php/"],
    ),
    (
        "User-agent: *\nDisallow: /*.php$\n",
        &["/filename.php?p", "/filename.php/", "/filename.php5", "/windows.PHP"],
        &["/filename.php", "/folder/filename.php"],
    ),
    ("User-agent: *\nDisallow: /fish*.php\n", &["/Fish.PHP"], &["/fish.php", "/fishheads/catfish.php?p"]),
    ("User-agent: *\nAllow: /p\nDisallow: /\n", &["/page"], &["/x"]),
    ("User-agent: *\nAllow: /folder\nDisallow: /folder\n", &["/folder/page"], &[]),
    ("User-agent: *\nAllow: /page\nDisallow: /*.htm\n", &["/page"], &["/page.htm"]),
    ("User-agent: *\nAllow: /$\nDisallow: /\n", &["/"], &["/page.html"]),
    // `$` inside a rule is a plain character, and so are the special characters of other pattern languages.
    ("User-agent: *\nDisallow: /a$b\n", &["/a"], &["/a$b", "/a$b/c"]),
    ("User-agent: *\nDisallow: /a.b\nDisallow: /c+\n", &["/axb", "/cc"], &["/a.b", "/c+"]),
    ("User-agent: *\nDisallow: /*/x/*/y$\n", &["/x/y", "/a/x/y"], &["/a/x/b/y", "/a/b/x/c/d/y"]),
    // Characters that need percent-encoding are compared encoded, however rule and address write them.
    ("User-agent: *\nDisallow: /foo/bar/ツ\n", &[], &["/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"]),
    ("User-agent: *\nDisallow: /foo/bar/%E3%83%84\n", &[], &["/foo/bar/%E3%83%84"]),
    ("User-agent: *\nDisallow: /x?q=a,b\n", &["/x?q=a"], &["/x?q=a,b"]),
    ("User-agent: *\nDisallow: /a%2fb\n", &["/a/b"], &["/a%2Fb"]),
    // RFC 9309, section 2.2.2. Google's parser leaves these encoded, so that they differ.
    ("User-agent: *\nDisallow: /foo/bar/%62%61%7A\n", &[], &["/foo/bar/baz"]),
    // Line ends of all systems, comments, spaces, a missing colon, a byte order mark.
    ("User-agent: *\rDisallow: /a\r\nDisallow: /b\n", &["/c"], &["/a", "/b"]),
    ("User-agent: * # all\nDisallow: /a # that\n#Disallow: /b\n", &["/b"], &["/a"]),
    ("  User-agent :  *\n\tDisallow :/a  \n", &["/b"], &["/a"]),
    ("User-agent *\nDisallow /a\n", &["/b"], &["/a"]),
    ("\u{FEFF}User-agent: *\nDisallow: /a\n", &["/b"], &["/a"]),
    // Misspellings that are accepted, and one that isn't.
    ("useragent: *\ndissallow: /a\ndisalow: /b\ndisallw: /c\n", &["/c"], &["/a", "/b"]),
    // robots.txt itself is always allowed.
    ("User-agent: *\nDisallow: /\n", &["/robots.txt"], &["/", "/robots.txt2"]),
];

#[test]
fn the_cases_of_the_specification_and_of_the_reference_parser_are_decided_alike() {
    for (file, allowed, denied) in CASES {
        let robots = Robots::parse(file.as_bytes(), "Sanad");
        for (paths, wanted) in [(allowed, true), (denied, false)] {
            for path in *paths {
                assert_eq!(robots.allows(path), wanted, "{path} under\n{file}");
            }
        }
    }
}

#[test]
fn a_file_that_is_no_text_or_has_no_end_is_read_all_the_same() {
    let mut long = b"User-agent: *\nDisallow: /a\n".to_vec();
    long.extend(vec![b'x'; 600 * 1024]);
    long.extend(b"\nDisallow: /beyond\n");
    let robots = Robots::parse(&long, "Sanad");
    assert!(!robots.allows("/a") && !robots.allows("/beyond"), "the RFC asks for 500 KiB at least");
    let garbled = Robots::parse(b"\xff\xfe\x00User-agent: *\nUser-agent: *\nDisallow: /a\xff\n", "Sanad");
    assert!(garbled.allows("/b"));
    let rules: String = (0..50_000).map(|n| format!("Disallow: /*{n}*{n}*{n}$\n")).collect();
    let begun = std::time::Instant::now();
    let robots = Robots::parse(format!("User-agent: *\n{rules}").as_bytes(), "Sanad");
    assert!(robots.allows(&format!("/{}", "a".repeat(2_000))));
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}
