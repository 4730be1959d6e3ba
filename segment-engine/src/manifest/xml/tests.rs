//! Tests of bounds and of what counts as an element.

use super::*;

fn texts(document: &str, wanted: &str) -> Result<Vec<String>, ManifestError> {
    let mut xml = Xml::new(document, 4);
    let mut found = Vec::new();
    if xml.root()?.is_none() {
        return Ok(found);
    }
    while let Some(child) = xml.child()? {
        if child.name() == wanted {
            found.push(xml.text()?)
        } else {
            xml.skip()?
        }
    }
    Ok(found)
}

#[test]
fn reads_text_with_entities_and_sections() {
    let document = "<r> <a> x&amp;y&#x41;<b>no</b><![CDATA[<&]]><!-- c --> </a><c><a>deep</a></c><a/></r>";
    assert_eq!(texts(document, "a").unwrap(), ["x&yA<&", ""]);
}

#[test]
fn what_is_no_reference_is_text() {
    let table = [
        ("a & b", "a & b"),
        ("a&b=1&c;&amp;", "a&b=1&c;&"),
        ("&", "&"),
        ("&copy;=2", "&copy;=2"),
        ("&#65;&#x42;&#x110000;&#;", "AB&#x110000;&#;"),
        ("&lt;&gt;&quot;&apos;&amp;lt;", "<>\"'&lt;"),
        ("&é;&ampére", "&é;&ampére"),
    ];
    for (text, expected) in table {
        assert_eq!(
            texts(&format!("<r><a>{text}</a></r>"), "a").unwrap(),
            [expected],
            "{text}"
        );
        let document = format!("<r a=\"{text}\"/>");
        let root = Xml::new(&document, 4).root().unwrap().unwrap();
        assert_eq!(root.attribute("a").unwrap().unwrap(), expected, "{text}");
    }
}

#[test]
fn takes_only_prefixes_of_the_roots_namespace_for_its_own() {
    let table = [
        (
            r#"<m:r xmlns:m="x"><a>other</a><m:a>own</m:a><n:a>foreign</n:a></m:r>"#,
            vec!["own"],
        ),
        (
            r#"<r xmlns="x" xmlns:m="x" xmlns:n="y"><a>own</a><m:a>alike</m:a><n:a>foreign</n:a></r>"#,
            vec!["own", "alike"],
        ),
        (
            r#"<m:r xmlns="x" xmlns:m="x"><a>alike</a><m:a>own</m:a></m:r>"#,
            vec!["alike", "own"],
        ),
        (r#"<r xmlns:m="x"><a>own</a><m:a>foreign</m:a></r>"#, vec!["own"]),
        (
            r#"<r xmlns="x"><m:a xmlns:m="x">bound below</m:a><n:a xmlns:n="y">foreign</n:a><m:a>still</m:a></r>"#,
            vec!["bound below", "still"],
        ),
        (
            r#"<m:r xmlns:m="x"><a xmlns="x">bound below</a></m:r>"#,
            vec!["bound below"],
        ),
        (r#"<r><m:a xmlns:m="">in none</m:a></r>"#, vec![]),
    ];
    for (document, expected) in table {
        assert_eq!(texts(document, "a").unwrap(), expected, "{document}");
    }
}

#[test]
fn refuses_declarations_entities_depth_and_ends() {
    let fails = |document: &str| texts(document, "a").unwrap_err().to_string();
    assert!(fails("<!DOCTYPE r [<!ENTITY e 'x'>]><r><a>&e;</a></r>").contains("document type"));
    assert!(fails("<r><!DOCTYPE x><a/></r>").contains("document type"));
    assert!(fails("<r><b><c><d><e/></d></c></b></r>").contains("depth"));
    assert!(fails("<r><a>x").contains("ends"));
    assert!(fails("<r><a>x</b></r>").contains("well-formed"));
    assert!(fails(&format!("<r><a>{}</a></r>", "x".repeat(MAX_TEXT + 1))).contains("text"));
}

#[test]
fn reads_attributes_without_prefix() {
    let mut xml = Xml::new(r#"<r x:id="1" id=" 2&lt; " n="7" y:href="h"/>"#, 4);
    let root = xml.root().unwrap().unwrap();
    assert_eq!(root.attribute("id").unwrap().as_deref(), Some(" 2< "));
    assert_eq!(root.parsed("n", |n| n.parse().ok()).unwrap(), Some(7u8));
    assert_eq!(root.parsed("none", |n| n.parse::<u8>().ok()).unwrap(), None);
    assert!(root.parsed("id", |n| n.parse::<u8>().ok()).is_err());
    assert_eq!(root.foreign_attribute("href").unwrap().as_deref(), Some("h"));
}

#[test]
fn looks_at_so_many_attributes() {
    let many: String = (0..=MAX_ATTRIBUTES)
        .map(|index| format!(" a{index}='1'"))
        .collect();
    let document = format!("<r{many}/>");
    let mut xml = Xml::new(&document, 4);
    let root = xml.root().unwrap().unwrap();
    assert!(root.attribute("a3").is_ok());
    assert!(matches!(
        root.attribute("b"),
        Err(ManifestError::OverLimit { .. })
    ));
}
