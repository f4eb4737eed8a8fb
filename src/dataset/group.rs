//! What belongs together and must not be torn apart between splits.

use std::str::FromStr;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// What tracks are grouped by. In a file it is the text that the command line takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GroupBy {
    /// A column of the list, by its name in any case.
    Column(String),
    /// The folder that a file lies in.
    Folder,
    /// What the expression's first group, or else all of it, matches in the id.
    Regex(Regex),
}

/// Not a way to group.
#[derive(Debug, thiserror::Error)]
#[error(
    "--group-by is folder, a column such as artist, or regex:EXPRESSION; found {found:?} ({reason})"
)]
pub struct GroupByError {
    /// What was given.
    pub found: String,
    /// What is wrong with it.
    pub reason: String,
}

impl GroupBy {
    /// The group of a track, where its name decides it; of a column it is the cell.
    pub fn of_id(&self, id: &str) -> Option<String> {
        match self {
            Self::Column(_) => None,
            Self::Folder => id.rsplit_once('/').map(|(folder, _)| folder.to_owned()),
            Self::Regex(regex) => {
                let found = regex.captures(id)?;
                let text = found.get(1).or_else(|| found.get(0))?.as_str();
                (!text.is_empty()).then(|| text.to_owned())
            }
        }
    }
}

impl std::fmt::Display for GroupBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Column(name) => f.write_str(name),
            Self::Folder => f.write_str("folder"),
            Self::Regex(regex) => write!(f, "regex:{regex}"),
        }
    }
}

impl PartialEq for GroupBy {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl From<GroupBy> for String {
    fn from(by: GroupBy) -> Self {
        by.to_string()
    }
}

impl TryFrom<String> for GroupBy {
    type Error = GroupByError;

    fn try_from(text: String) -> Result<Self, GroupByError> {
        text.parse()
    }
}

impl FromStr for GroupBy {
    type Err = GroupByError;

    fn from_str(text: &str) -> Result<Self, GroupByError> {
        let wrong = |reason: String| GroupByError { found: text.to_owned(), reason };
        match text.split_once(':') {
            Some(("regex", expression)) => {
                let regex = Regex::new(expression).map_err(|error| {
                    let last = error.to_string();
                    wrong(last.lines().last().unwrap_or_default().to_owned())
                })?;
                Ok(Self::Regex(regex))
            }
            Some(("column", name)) if !name.is_empty() => Ok(Self::Column(name.to_owned())),
            None if text == "folder" => Ok(Self::Folder),
            _ if text.is_empty() => Err(wrong("empty".to_owned())),
            _ => Ok(Self::Column(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_off_the_name_as_asked() {
        let of = |by: &str, id| by.parse::<GroupBy>().unwrap().of_id(id);
        assert_eq!(of("folder", "rock/queen/a.wav").as_deref(), Some("rock/queen"));
        assert_eq!(of("folder", "a.wav"), None);
        assert_eq!(of("regex:/([^/_]+)_", "rock/queen_01.wav").as_deref(), Some("queen"));
        assert_eq!(of("regex:^[a-z]+", "rock/queen_01.wav").as_deref(), Some("rock"));
        assert_eq!(of("regex:x(y)?", "rock/queen.wav"), None);
        assert!(matches!("column:folder".parse(), Ok(GroupBy::Column(name)) if name == "folder"));
        let error = "regex:(".parse::<GroupBy>().unwrap_err().to_string();
        assert!(error.starts_with("--group-by is folder") && !error.contains('\n'), "{error}");
    }
}
