//! The typical one of several measurements.

/// The weighted median of (value, weight) pairs; `None` if the weights sum to zero. Sorts the values.
pub(crate) fn weighted_median(values: &mut [(f32, usize)]) -> Option<f32> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|v| v.1).sum::<usize>() / 2;
    let mut seen = 0;
    values.iter().find_map(|(value, weight)| {
        seen += weight;
        (seen > half).then_some(*value)
    })
}

/// The middle value of the fullest window of the given width over sorted values; `None` if there are no values.
pub(crate) fn most_frequent(sorted: &[f32], width: f32) -> Option<f32> {
    let mut best = (0, 0.0);
    for (i, low) in sorted.iter().enumerate() {
        let inside = sorted.get(i..).unwrap_or_default().iter().take_while(|v| **v - low <= width).count();
        if inside > best.0 {
            let middle = sorted.get(i + inside / 2).copied().unwrap_or(*low);
            best = (inside, middle);
        }
    }
    (best.0 > 0).then_some(best.1)
}
