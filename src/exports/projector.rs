//! Vectors and what they are → the two files that TensorBoard's embedding projector reads, and the one that names them.

use ndarray::ArrayView2;

use super::Sheet;

/// What the projector shows.
#[derive(Debug, Clone, Copy)]
pub struct Projector<'a> {
    /// `[point, feature]`, one after the other.
    pub vectors: &'a [ArrayView2<'a, f32>],
    /// One row a point, in the same order.
    pub points: &'a Sheet,
}

/// The content of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectorFiles {
    /// `vectors.tsv`: one point a line, without header.
    pub vectors: String,
    /// `metadata.tsv`: a header, then one point a line.
    pub metadata: String,
    /// `projector_config.pbtxt`: which file is which, for `tensorboard --logdir`.
    pub config: String,
}

impl Projector<'_> {
    /// Puts the files together. The format has no quotes, so that tabs and line breaks become spaces.
    pub fn files(&self) -> ProjectorFiles {
        let line = |cells: Vec<String>| {
            let cells: Vec<_> =
                cells.iter().map(|cell| cell.replace(['\t', '\n', '\r'], " ")).collect();
            cells.join("\t") + "\n"
        };
        let rows = self.vectors.iter().flat_map(|vectors| vectors.outer_iter());
        let vectors = rows.map(|row| line(row.iter().map(ToString::to_string).collect()));
        let columns = self.points.columns();
        let header = line(columns.iter().map(|column| column.name.clone()).collect());
        let points = (0..self.points.n_rows())
            .map(|row| line(columns.iter().map(|column| column.cells.text(row)).collect()));
        ProjectorFiles {
            vectors: vectors.collect(),
            metadata: header + &points.collect::<String>(),
            config: "embeddings {\n  tensor_name: \"z\"\n  tensor_path: \"vectors.tsv\"\n  \
                     metadata_path: \"metadata.tsv\"\n}\n"
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn there_is_a_line_for_each_point_and_no_cell_breaks_it() {
        let (z, p) = (array![[0.5_f32, -1.0], [2.0, 3.25]], array![[1e-8_f32, 0.0]]);
        let names = ["a\tb", "c\nd", "e"].map(str::to_owned);
        let points = Sheet::new().text("name", "", names).integer("row", "", 0..3);
        let found = Projector { vectors: &[z.view(), p.view()], points: &points }.files();
        assert_eq!(found.vectors, "0.5\t-1\n2\t3.25\n0.00000001\t0\n");
        assert_eq!(found.metadata, "name\trow\na b\t0\nc d\t1\ne\t2\n");
    }
}
