//! NumPy's `.npy` files ⇄ arrays of `f32`.

use std::io;
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, ArrayViewD, IxDyn, ShapeBuilder as _};
use npyz::{DType, NpyFile, Order, WriterBuilder as _};

use super::Sha256Digest;

/// A header longer than this describes no array of numbers, and a reader of nested Python could be led far down by it.
const MAX_HEADER_BYTES: usize = 4096;

/// An array of finite numbers, and the digest of the file it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The sizes of its axes, slowest first.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Vec<f32>,
    /// The file's digest.
    pub sha256: Sha256Digest,
}

/// Why a file could not be read as an array.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The file cannot be read.
    #[error("cannot read the array ({source}), check the path and its permissions: {}", path.display())]
    Read {
        /// What the system said.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file is of another kind.
    #[error("not a .npy file ({reason}), save the array with numpy.save: {}", path.display())]
    Format {
        /// What does not fit.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// Numbers of a kind that is not read.
    #[error("the array has type {found}, expected float32 or float64: {}", path.display())]
    Type {
        /// The type, as NumPy writes it.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// More or fewer bytes than the shape needs.
    #[error("an array of shape {shape:?} needs {expected} bytes but the file holds {found}, save it again: {}", path.display())]
    Length {
        /// The shape that the header states.
        shape: Vec<u64>,
        /// Bytes that it needs.
        expected: u128,
        /// Bytes after the header.
        found: usize,
        /// The file.
        path: PathBuf,
    },
    /// A value that is no number.
    #[error("the array holds {value} at index {index:?}, expected finite values: {}", path.display())]
    NotFinite {
        /// The value, as `f32`.
        value: f32,
        /// Where, along each axis.
        index: Vec<usize>,
        /// The file.
        path: PathBuf,
    },
}

impl Array {
    /// Reads a `.npy` file of float32 or float64 in C or Fortran order; float64 is rounded to the nearest float32.
    ///
    /// # Errors
    /// The file is no such array, is cut short, or holds a value that is not finite.
    pub fn read_npy(path: &Path) -> Result<Self, ArrayError> {
        let bytes = std::fs::read(path)
            .map_err(|source| ArrayError::Read { source, path: path.to_owned() })?;
        let format = |reason: &dyn ToString| ArrayError::Format {
            reason: reason.to_string(),
            path: path.to_owned(),
        };
        if header_bytes(&bytes).is_some_and(|n_bytes| n_bytes > MAX_HEADER_BYTES) {
            return Err(format(&"its header is too long"));
        }
        let mut rest = bytes.as_slice();
        let header = npyz::NpyHeader::from_reader(&mut rest).map_err(|error| format(&error))?;
        let (found, n_bytes_each) = match header.dtype() {
            DType::Plain(plain) => (plain.to_string(), plain.num_bytes().unwrap_or(0)),
            other => (other.descr(), 0),
        };
        let is_f32 = matches!(found.as_str(), "<f4" | ">f4");
        if !is_f32 && !matches!(found.as_str(), "<f8" | ">f8") {
            return Err(ArrayError::Type { found, path: path.to_owned() });
        }
        let (order, shape) = (header.order(), header.shape().to_vec());
        let sizes = shape.iter().map(|size| u128::from(*size));
        let expected = sizes.fold(n_bytes_each as u128, u128::saturating_mul);
        if expected != rest.len() as u128 {
            let found = rest.len();
            return Err(ArrayError::Length { shape, expected, found, path: path.to_owned() });
        }
        let file = NpyFile::with_header(header, rest);
        let values: Vec<f32> = if is_f32 {
            file.into_vec::<f32>().map_err(|error| format(&error))?
        } else {
            let wide = file.into_vec::<f64>().map_err(|error| format(&error))?;
            wide.into_iter().map(|value| value as f32).collect()
        };
        let shape: Vec<usize> = shape.into_iter().map(|size| size as usize).collect();
        let values = match order {
            Order::C => values,
            Order::Fortran => row_major(values, &shape).map_err(|error| format(&error))?,
        };
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let (value, index) = (values[at], index_of(at, &shape));
            return Err(ArrayError::NotFinite { value, index, path: path.to_owned() });
        }
        Ok(Self { shape, values, sha256: Sha256Digest::of(&bytes) })
    }
}

/// The bytes of a `.npy` file of float32 in C order.
///
/// # Errors
/// Never for an array that fits into memory twice.
pub fn npy_bytes(array: ArrayViewD<'_, f32>) -> io::Result<Vec<u8>> {
    let shape: Vec<u64> = array.shape().iter().map(|size| *size as u64).collect();
    let mut bytes = Vec::with_capacity(4 * array.len() + 128);
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
    let mut writer = options.writer(&mut bytes).begin_nd()?;
    writer.extend(array.iter().copied())?;
    writer.finish()?;
    Ok(bytes)
}

/// Values whose first axis runs fastest, put in the order in which the last one does.
fn row_major(values: Vec<f32>, shape: &[usize]) -> Result<Vec<f32>, ndarray::ShapeError> {
    let array = ArrayD::from_shape_vec(IxDyn(shape).f(), values)?;
    Ok(array.iter().copied().collect())
}

/// The length that the preamble states: 16 bits in version 1, 32 bits since.
fn header_bytes(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [_, _, _, _, _, _, 1, _, a, b, ..] => Some(usize::from(u16::from_le_bytes([*a, *b]))),
        [_, _, _, _, _, _, _, _, a, b, c, d, ..] => {
            Some(u32::from_le_bytes([*a, *b, *c, *d]) as usize)
        }
        _ => None,
    }
}

/// The place of the `at`-th value, along each axis.
fn index_of(mut at: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|size| {
            let along = at % size;
            at /= size;
            along
        })
        .collect();
    index.reverse();
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
        let fortran = if fortran { "True" } else { "False" };
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
    }

    fn read(bytes: &[u8]) -> Result<Array, ArrayError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("z.npy");
        std::fs::write(&path, bytes).unwrap();
        Array::read_npy(&path)
    }

    #[test]
    fn both_widths_and_both_byte_orders_are_read() {
        let values = [1.5_f32, -2.0, 0.25, 3.0, 4.0, 5.0];
        let files = [
            npy("<f4", false, "(2, 3)", &values.map(f32::to_le_bytes).concat()),
            npy(">f4", false, "(2, 3)", &values.map(f32::to_be_bytes).concat()),
            npy("<f8", false, "(2, 3)", &values.map(|v| f64::from(v).to_le_bytes()).concat()),
            npy(">f8", false, "(2, 3)", &values.map(|v| f64::from(v).to_be_bytes()).concat()),
        ];
        for file in files {
            let array = read(&file).unwrap();
            assert_eq!(
                (array.shape.as_slice(), array.values.as_slice()),
                (&[2, 3][..], &values[..])
            );
            assert_eq!(array.sha256, Sha256Digest::of(&file));
        }
        let line = read(&npy("<f4", true, "(1,)", &1_f32.to_le_bytes())).unwrap();
        assert_eq!((line.shape, line.values), (vec![1], vec![1.0]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(rows in 0_usize..4, columns in 1_usize..5, seed in -9.0_f32..9.0) {
            let array = ArrayD::from_shape_fn(IxDyn(&[rows, columns]), |at| seed + at[0] as f32 - 0.3 * at[1] as f32);
            // A transposed view is written in the order of its own axes.
            let turned = array.t();
            for view in [array.view(), turned.view()] {
                let found = read(&npy_bytes(view.clone()).unwrap()).unwrap();
                prop_assert_eq!(&found.shape, view.shape());
                prop_assert_eq!(found.values, view.iter().copied().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn an_array_in_fortran_order_is_read_as_its_copy_in_c_order_is() {
        // numpy.asfortranarray([[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]])
        let stored = [0.0_f32, 6.0, 3.0, 9.0, 1.0, 7.0, 4.0, 10.0, 2.0, 8.0, 5.0, 11.0];
        let wanted: Vec<f32> = (0..12_u8).map(f32::from).collect();
        for (descr, data) in [
            ("<f4", stored.map(f32::to_le_bytes).concat()),
            (">f8", stored.map(|v| f64::from(v).to_be_bytes()).concat()),
        ] {
            let array = read(&npy(descr, true, "(2, 2, 3)", &data)).unwrap();
            assert_eq!((array.shape, array.values), (vec![2, 2, 3], wanted.clone()), "{descr}");
        }
        let nan = [0.0, 1.0, f32::NAN, 3.0, 4.0, 5.0].map(f32::to_le_bytes).concat();
        let error = read(&npy("<f4", true, "(2, 3)", &nan)).unwrap_err().to_string();
        assert!(error.starts_with("the array holds NaN at index [0, 1]"), "{error}");
        let empty = read(&npy("<f4", true, "(0, 3)", &[])).unwrap();
        assert_eq!((empty.shape, empty.values), (vec![0, 3], vec![]));
    }

    #[test]
    fn what_is_no_array_of_floats_is_refused_in_one_sentence() {
        let nan = [0.0, 1.0, 2.0, f32::NAN].map(f32::to_le_bytes).concat();
        for (bytes, sentence) in [
            (b"".to_vec(), "not a .npy file ("),
            (b"a,b\n1,2\n".to_vec(), "not a .npy file ("),
            (
                b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(),
                "not a .npy file (its header is too long)",
            ),
            (npy("<i8", false, "(1,)", &[0; 8]), "the array has type <i8, expected float32"),
            (npy("|O", false, "(1,)", &[0; 8]), "the array has type |O, expected float32"),
            (
                npy("<f4", false, "(2, 2)", &[0; 12]),
                "an array of shape [2, 2] needs 16 bytes but the file holds 12",
            ),
            (npy("<f4", false, "(4294967295, 4294967295)", &[0; 4]), "an array of shape"),
            (npy("<f4", false, "(2, 2)", &nan), "the array holds NaN at index [1, 1]"),
            (
                npy("<f8", false, "(1,)", &1e300_f64.to_le_bytes()),
                "the array holds inf at index [0]",
            ),
        ] {
            let error = read(&bytes).unwrap_err().to_string();
            assert!(error.starts_with(sentence) && error.ends_with("z.npy"), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    proptest! {
        #[test]
        fn altered_bytes_never_panic(
            fortran: bool,
            changes in prop::collection::vec((0_usize..96, any::<u8>()), 1..6),
        ) {
            let mut bytes = npy("<f4", fortran, "(2, 2)", &[0; 16]);
            for (at, byte) in changes {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            let _ = read(&bytes);
        }
    }
}
