//! Annotations: where the appearance of one stands on its page.

use crate::matrix::Matrix;
use hayro_syntax::object::{Dict, Name, Object, Rect, Stream};

/// The appearance an annotation shows.
pub(super) fn appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    match annotation.get::<Dict<'a>>("AP")?.get::<Object<'a>>("N")? {
        Object::Stream(stream) => Some(stream),
        Object::Dict(states) => {
            let state = annotation.get::<Name<'_>>("AS")?;
            states.get::<Stream<'a>>(state.as_ref() as &[u8])
        }
        _ => None,
    }
}

/// The matrix that lays an appearance's box on the annotation's rectangle (ISO 32000-2, 12.5.5); the form's own matrix
/// is applied when the form runs.
pub(super) fn place(annotation: &Dict<'_>, form: &Dict<'_>) -> Option<Matrix> {
    let target = annotation.get::<Rect>("Rect")?;
    let bbox = form.get::<Rect>("BBox")?;
    let own = form.get::<[f64; 6]>("Matrix").map_or(Matrix::IDENTITY, |c| Matrix { c });
    let [l, t, r, b] = own.rect([bbox.x0, bbox.y0, bbox.x1, bbox.y1]);
    let (w, h) = (r - l, b - t);
    if w <= 0.0 || h <= 0.0 {
        return None;
    }
    let (sx, sy) = (target.width() / w, target.height() / h);
    Some(Matrix { c: [sx, 0.0, 0.0, sy, target.x0 - sx * l, target.y0 - sy * t] })
}
