//! Writes PDFs for tests: text placed line by line in one font.

use std::fmt::Write;

/// The content stream of a page.
#[derive(Default)]
pub struct Drawing(pub String);

impl Drawing {
    /// Adds a line of text: its left edge, its height above the bottom and its size in points.
    pub fn line(mut self, x: f32, y: f32, size: f32, text: &str) -> Self {
        let escaped = text.replace('(', "\\(").replace(')', "\\)");
        writeln!(self.0, "BT /F1 {size} Tf {x} {y} Td ({escaped}) Tj ET").unwrap();
        self
    }

    /// Adds the lines of one paragraph, 14 points apart.
    pub fn lines(self, x: f32, top: f32, texts: &[&str]) -> Self {
        let mut y = top;
        texts.iter().fold(self, |drawing, text| {
            let next = drawing.line(x, y, 11.0, text);
            y -= 14.0;
            next
        })
    }

    /// Begins marked content of this number; [`Self::end`] ends it.
    pub fn begin(mut self, id: u32) -> Self {
        writeln!(self.0, "/P <</MCID {id}>> BDC").unwrap();
        self
    }

    pub fn end(mut self) -> Self {
        writeln!(self.0, "EMC").unwrap();
        self
    }

    pub fn rule(mut self, x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        writeln!(self.0, "{x0} {y0} m {x1} {y1} l S").unwrap();
        self
    }

    /// Adds a filled disc of four curves: centre and radius.
    pub fn disc(mut self, x: f32, y: f32, r: f32) -> Self {
        let k = 0.55 * r;
        writeln!(self.0, "{} {y} m", x + r).unwrap();
        for [a, b, c, d, e, f] in
            [[r, k, k, r, 0.0, r], [-k, r, -r, k, -r, 0.0], [-r, -k, -k, -r, 0.0, -r], [k, -r, r, -k, r, 0.0]]
        {
            writeln!(self.0, "{} {} {} {} {} {} c", x + a, y + b, x + c, y + d, x + e, y + f).unwrap();
        }
        writeln!(self.0, "f").unwrap();
        self
    }
}

/// Writes a file of these A4 pages.
pub fn file(pages: &[Drawing]) -> Vec<u8> {
    tagged_file(pages, "")
}

/// Like [`file`], with the elements of a structure tree. The first page is object 5.
pub fn tagged_file(pages: &[Drawing], elements: &str) -> Vec<u8> {
    file_saying(pages, &format!("/StructTreeRoot<</Type/StructTreeRoot/K[{elements}]>>"))
}

/// Like [`file`], with these entries in the catalogue.
pub fn file_saying(pages: &[Drawing], entries: &str) -> Vec<u8> {
    file_in(pages, entries, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
}

/// Like [`file_saying`], in this font.
pub fn file_in(pages: &[Drawing], entries: &str, font: &str) -> Vec<u8> {
    let mut objects = vec![format!("<</Type/Catalog/Pages 2 0 R{entries}>>"), String::new(), font.to_owned()];
    let mut kids = String::new();
    for page in pages {
        let content = objects.len() + 1;
        let Drawing(stream) = page;
        objects.push(format!("<</Length {}>>stream\n{stream}endstream", stream.len()));
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {content} 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        ));
        write!(kids, "{} 0 R ", objects.len()).unwrap();
    }
    objects[1] = format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len());
    written(&objects)
}

/// Writes a file of these objects. The first is the catalogue.
pub fn written(objects: &[String]) -> Vec<u8> {
    let mut out = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        write!(out, "{} 0 obj{object}endobj\n", i + 1).unwrap();
    }
    let start = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for offset in offsets {
        write!(out, "{offset:010} 00000 n \n").unwrap();
    }
    write!(out, "trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF", objects.len() + 1).unwrap();
    out.into_bytes()
}

/// Encrypts a file with a password.
pub fn encrypted(file: &[u8], password: &str) -> Vec<u8> {
    let mut plain = lopdf::Document::load_mem(file).unwrap();
    plain.trailer.set("ID", lopdf::Object::Array(vec![lopdf::Object::string_literal("0123456789abcdef"); 2]));
    let state = lopdf::EncryptionState::try_from(lopdf::EncryptionVersion::V2 {
        document: &plain,
        owner_password: "owner",
        user_password: password,
        key_length: 128,
        permissions: lopdf::Permissions::all(),
    });
    plain.encrypt(&state.unwrap()).unwrap();
    let mut bytes = Vec::new();
    plain.save_to(&mut bytes).unwrap();
    bytes
}
