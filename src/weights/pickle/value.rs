//! What a pickle holds, as plain data that borrows its text from the pickle's bytes.

use super::super::checkpoint::ElementType;

/// One value; containers are indices into [`Pickle`], so that values are small, cycles harmless and dropping never recurses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::weights) enum Value<'p> {
    /// Something that no checkpoint needs; where known, the index of the name that made it.
    Inert(Option<u32>),
    /// An integer of at most eight bytes.
    Int(i64),
    /// A longer integer, little-endian two's complement.
    Long(&'p [u8]),
    Text(&'p str),
    List(u32),
    Tuple(u32),
    Dict(u32),
    Global(u32),
    Storage(u32),
    Tensor(u32),
}

/// A storage as its persistent id describes it.
#[derive(Debug, Clone, Copy)]
pub(in crate::weights) struct StorageRecord<'p> {
    /// The name of its bytes in the archive.
    pub(in crate::weights) key: &'p str,
    /// Its element type; `None` for one we do not know.
    pub(in crate::weights) element: Option<ElementType>,
    /// Elements of the whole storage, as claimed.
    pub(in crate::weights) n_elements: usize,
    /// For a view on another storage (old files): its own key, first element and number of elements.
    pub(in crate::weights) view: Option<(usize, usize)>,
}

/// A strided tensor over a storage; offset, shape and strides in elements, not yet checked against the storage.
#[derive(Debug, Clone)]
pub(in crate::weights) struct TensorRecord {
    pub(in crate::weights) storage: u32,
    pub(in crate::weights) offset: usize,
    pub(in crate::weights) shape: Vec<usize>,
    pub(in crate::weights) strides: Vec<usize>,
}

/// A parsed pickle.
#[derive(Debug)]
pub(in crate::weights) struct Pickle<'p> {
    pub(in crate::weights) root: Value<'p>,
    /// Bytes up to and including the last instruction.
    pub(in crate::weights) length: usize,
    pub(super) heap: Heap<'p>,
}

/// Everything that values refer to.
#[derive(Debug, Default)]
pub(super) struct Heap<'p> {
    pub(super) lists: Vec<Vec<Value<'p>>>,
    pub(super) tuples: Vec<Vec<Value<'p>>>,
    pub(super) dicts: Vec<Vec<(Value<'p>, Value<'p>)>>,
    pub(super) globals: Vec<(&'p str, &'p str)>,
    pub(super) storages: Vec<StorageRecord<'p>>,
    pub(super) tensors: Vec<TensorRecord>,
}

impl<'p> Pickle<'p> {
    /// The pairs of a dictionary, in file order; `None` if the value is none.
    pub(in crate::weights) fn dict(&self, value: Value<'p>) -> Option<&[(Value<'p>, Value<'p>)]> {
        let Value::Dict(id) = value else { return None };
        self.heap.dicts.get(id as usize).map(Vec::as_slice)
    }

    /// The last value that a dictionary holds under a text key.
    pub(in crate::weights) fn entry(&self, dict: Value<'p>, key: &str) -> Option<Value<'p>> {
        self.dict(dict)?.iter().rev().find(|(k, _)| *k == Value::Text(key)).map(|(_, value)| *value)
    }

    /// The items of a list; `None` if the value is none.
    pub(in crate::weights) fn list(&self, value: Value<'p>) -> Option<&[Value<'p>]> {
        let Value::List(id) = value else { return None };
        self.heap.lists.get(id as usize).map(Vec::as_slice)
    }

    /// A tensor with its storage; `None` if the value is none.
    pub(in crate::weights) fn tensor(
        &self,
        value: Value<'p>,
    ) -> Option<(&TensorRecord, &StorageRecord<'p>)> {
        let Value::Tensor(id) = value else { return None };
        let tensor = self.heap.tensors.get(id as usize)?;
        Some((tensor, self.heap.storages.get(tensor.storage as usize)?))
    }

    /// All storages that the pickle mentions.
    pub(in crate::weights) fn storages(&self) -> &[StorageRecord<'p>] {
        &self.heap.storages
    }

    /// What a value is, for messages: a Python type name.
    pub(in crate::weights) fn type_name(&self, value: Value<'p>) -> String {
        match value {
            Value::Inert(Some(id)) | Value::Global(id) => self.heap.global_name(id),
            Value::Inert(None) => "plain value".to_owned(),
            Value::Int(_) | Value::Long(_) => "int".to_owned(),
            Value::Text(_) => "str".to_owned(),
            Value::List(_) => "list".to_owned(),
            Value::Tuple(_) => "tuple".to_owned(),
            Value::Dict(_) => "dict".to_owned(),
            Value::Storage(_) => "storage".to_owned(),
            Value::Tensor(_) => "tensor".to_owned(),
        }
    }
}

impl Heap<'_> {
    pub(super) fn global_name(&self, id: u32) -> String {
        let Some((module, name)) = self.globals.get(id as usize) else { return "?".to_owned() };
        format!("{}.{}", module.escape_debug(), name.escape_debug())
    }
}
