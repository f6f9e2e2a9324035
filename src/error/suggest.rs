/// The candidate that `name` was probably meant to be, as a hint.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_near_and_leaves_the_far() {
        let keys = ["lock_timeout", "lock_wait", "order"];
        assert_eq!(did_you_mean("lock_timout", keys), Some("did you mean `lock_timeout`?".into()));
        assert_eq!(did_you_mean("oredr", keys), Some("did you mean `order`?".into()));
        assert_eq!(did_you_mean("colour", keys), None);
    }
}
