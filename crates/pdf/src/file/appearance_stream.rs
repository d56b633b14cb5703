//! The appearance streams of annotations: which one is shown, and where.

use crate::geometry::matrix::Matrix;
use hayro_syntax::object::{Dict, Name, Object, Rect, Stream};

/// The normal appearance of an annotation in its current state.
pub(crate) fn appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    match annotation.get::<Dict<'a>>("AP")?.get::<Object<'a>>("N")? {
        Object::Stream(stream) => Some(stream),
        Object::Dict(states) => {
            let state = annotation.get::<Name<'_>>("AS")?;
            states.get::<Stream<'a>>(state.as_ref() as &[u8])
        }
        _ => None,
    }
}

/// The matrix that maps an appearance's box to the annotation's rectangle (ISO 32000-2, 12.5.5). The form's own matrix
/// isn't part of it: it is applied when the form is drawn.
pub(crate) fn placement(annotation: &Dict<'_>, form: &Dict<'_>) -> Option<Matrix> {
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
