//! A safetensors file.

use std::path::Path;
use std::sync::Arc;

use safetensors::{Dtype, SafeTensors};

use super::file_bytes::FileBytes;
use super::tensor::row_major;
use super::{CheckpointError, CheckpointTensor, Contents, ElementType};

pub(super) fn read(file: &Arc<FileBytes>, path: &Path) -> Result<Contents, CheckpointError> {
    let parsed = SafeTensors::deserialize(file)
        .map_err(|source| CheckpointError::SafeTensors { source, path: path.to_owned() })?;
    let mut contents = Contents::default();
    for (name, view) in parsed.iter() {
        let name = name.escape_debug().to_string();
        let Some(element) = element_type(view.dtype()) else {
            contents.skipped.insert(name, format!("{:?} tensor", view.dtype()));
            continue;
        };
        let start = view.data().as_ptr() as usize - file.as_ptr() as usize;
        let layout = (view.shape(), &*row_major(view.shape()));
        let tensor =
            CheckpointTensor::new(file, start..start + view.data().len(), element, 0, layout)
                .map_err(|source| CheckpointError::Tensor {
                    name: name.clone(),
                    source,
                    path: path.to_owned(),
                })?;
        contents.tensors.insert(name, tensor);
    }
    if contents.tensors.is_empty() {
        let found = "safetensors header".to_owned();
        return Err(CheckpointError::NoTensors { found, path: path.to_owned() });
    }
    Ok(contents)
}

fn element_type(dtype: Dtype) -> Option<ElementType> {
    Some(match dtype {
        Dtype::F16 => ElementType::F16,
        Dtype::BF16 => ElementType::BF16,
        Dtype::F32 => ElementType::F32,
        Dtype::F64 => ElementType::F64,
        Dtype::BOOL => ElementType::Bool,
        Dtype::U8 => ElementType::U8,
        Dtype::I8 => ElementType::I8,
        Dtype::I16 => ElementType::I16,
        Dtype::I32 => ElementType::I32,
        Dtype::I64 => ElementType::I64,
        _ => return None,
    })
}
