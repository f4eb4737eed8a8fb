//! How a source of labeled audio is read and split: what `data check` and `train` have in common.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};

use crate::dataset::{GroupBy, Layout};

/// How the source is read and split.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// How the source is laid out, if it is not what it looks like
    #[arg(long, value_name = "LAYOUT", value_parser = layout())]
    pub(super) layout: Option<Layout>,
    /// Where the files of a list lie, if not beside it
    #[arg(long, value_name = "DIR")]
    pub(super) audio: Option<PathBuf>,
    /// What must stay in one split: a column such as artist, folder, or regex:EXPRESSION on the path
    #[arg(long, value_name = "HOW")]
    pub(super) group_by: Option<GroupBy>,
    /// Which splits to take [default: auto]
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(super) splits: Option<Splits>,
}

/// Where splits come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Splits {
    /// Those of the source, or drawn where it has none
    Auto,
    /// Always drawn
    Draw,
    /// GTZAN's: faulty tracks left out, numbers that end in 8 validate, in 9 test
    GtzanFiltered,
}

fn layout() -> impl clap::builder::TypedValueParser<Value = Layout> {
    PossibleValuesParser::new(Layout::ALL.map(Layout::name)).try_map(|text| text.parse::<Layout>())
}
