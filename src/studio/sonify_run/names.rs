//! File names that every system takes, one for each class.

use std::collections::BTreeSet;

/// Bytes of a class in a file name; systems allow 255 for the whole.
const LONGEST: usize = 120;

/// For each class a part of a file name, different from all others even where case does not count.
///
/// Letters and digits of any script, `-`, `+` and `.` stay; everything else becomes `-`.
pub(super) fn stems(classes: &[String]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut stem = |class: &String| {
        let plain = |c: char| if c.is_alphanumeric() || "-+.".contains(c) { c } else { '-' };
        let mut base: String = class.chars().map(plain).collect();
        while base.len() > LONGEST {
            base.pop();
        }
        let base = match base.trim_start_matches('.') {
            "" => "class",
            visible => visible,
        };
        let numbered = (1..).map(|n| match n {
            1 => base.to_owned(),
            n => format!("{base}-{n}"),
        });
        let mut free = numbered.filter(|stem| taken.insert(stem.to_lowercase()));
        free.next().unwrap_or_default()
    };
    classes.iter().map(&mut stem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_name_that_is_a_plain_file_name_and_its_own() {
        let long = "x".repeat(300);
        let classes = [
            "jazz", "hip hop", "hip-hop", "R&B/Soul", "音楽", "Rock", "rock", "..", "a\\b:c*?",
            &long, "con",
        ];
        let stems = stems(&classes.map(str::to_owned));
        assert_eq!(
            stems[..9],
            [
                "jazz",
                "hip-hop",
                "hip-hop-2",
                "R-B-Soul",
                "音楽",
                "Rock",
                "rock-2",
                "class",
                "a-b-c--"
            ]
        );
        assert_eq!(stems[9].len(), LONGEST);
        let distinct: BTreeSet<_> = stems.iter().map(|stem| stem.to_lowercase()).collect();
        assert_eq!(distinct.len(), stems.len());
    }
}
