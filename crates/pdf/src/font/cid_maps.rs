//! Predefined character maps of composite fonts.

use hayro_cmap::{CMap, CMapName, CidFamily};
use hayro_font::CMapResolverFn;
use hayro_syntax::object::{Dict, Object, String as PdfString};

/// The map from character identifiers to Unicode, for the character collection that a CID font names.
pub(super) fn collection(descendant: &Dict<'_>, cmaps: &CMapResolverFn) -> Option<CMap> {
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
    let registry = info.get::<PdfString<'_>>("Registry")?;
    let ordering = info.get::<PdfString<'_>>("Ordering")?;
    let family = CidFamily::from_registry_ordering(registry.as_bytes(), ordering.as_bytes());
    parse_named(family.ucs2_cmap()?, cmaps)
}

/// The map from codes to character identifiers, if it is a predefined one.
pub(super) fn encoding(dict: &Dict<'_>, cmaps: &CMapResolverFn) -> Option<CMap> {
    match dict.get::<Object<'_>>("Encoding")? {
        Object::Name(name) => match CMapName::from_bytes(name.as_ref()) {
            CMapName::IdentityH | CMapName::IdentityV => Some(CMap::identity_h()),
            other => parse_named(other, cmaps),
        },
        _ => None,
    }
}

fn parse_named(name: CMapName<'_>, cmaps: &CMapResolverFn) -> Option<CMap> {
    let data = cmaps(name)?;
    let resolver = cmaps.clone();
    CMap::parse(data, move |n| resolver(n))
}
