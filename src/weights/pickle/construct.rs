//! What the machine builds: dictionaries, storages and tensors by the closed list, inert values for the rest.

use super::PickleError;
use super::globals::{Known, known};
use super::machine::{Machine, push};
use super::value::{StorageRecord, TensorRecord, Value};

/// The most axes of a tensor.
const MAX_AXES: usize = 16;

impl<'p> Machine<'p> {
    /// A call on the closed list, or an inert value for an inert name.
    pub(super) fn call(
        &mut self,
        callable: Value<'p>,
        arguments: Value<'p>,
    ) -> Result<Value<'p>, PickleError> {
        let id = match callable {
            Value::Global(id) => id,
            Value::Inert(Some(id)) => {
                return Err(PickleError::ComputedCall { name: self.heap.global_name(id) });
            }
            _ => return Err(self.malformed("something to call")),
        };
        let Value::Tuple(tuple) = arguments else {
            return Err(self.malformed("a tuple of arguments"));
        };
        let (module, name) = self.heap.globals[id as usize];
        let first = self.heap.tuples[tuple as usize].first().copied();
        Ok(match (known(module, name), first) {
            (Some(Known::Dict), first) => {
                let pairs = self.pairs(first)?;
                Value::Dict(push(&mut self.heap.dicts, pairs))
            }
            (Some(Known::Size), Some(sizes @ Value::Tuple(_))) => sizes,
            (Some(Known::Size), None) => arguments,
            (Some(Known::Parameter), Some(tensor)) => tensor,
            (Some(Known::Tensor), Some(Value::Storage(storage))) => self.tensor(storage, tuple)?,
            // A storage of a kind we cannot read was inert already.
            (Some(Known::Tensor), Some(Value::Inert(made_by))) => Value::Inert(made_by),
            (Some(Known::Tensor | Known::Size | Known::Parameter), _) => {
                return Err(self.malformed("a tensor's storage, offset, shape and strides"));
            }
            (Some(Known::Storage(_)) | None, _) => Value::Inert(Some(id)),
        })
    }

    /// `class.__new__(class, …)`: an empty dictionary, or an inert value.
    pub(super) fn new_object(&mut self, class: Value<'p>) -> Value<'p> {
        let (made_by, is_dict) = match class {
            Value::Global(id) => {
                let (module, name) = self.heap.globals[id as usize];
                (Some(id), known(module, name) == Some(Known::Dict))
            }
            Value::Inert(made_by) => (made_by, false),
            _ => (None, false),
        };
        if is_dict {
            Value::Dict(push(&mut self.heap.dicts, Vec::new()))
        } else {
            Value::Inert(made_by)
        }
    }

    /// `OrderedDict([(key, value), …])`, as Python 2 wrote it; no argument, or a default factory, gives an empty dictionary.
    fn pairs(
        &mut self,
        argument: Option<Value<'p>>,
    ) -> Result<Vec<(Value<'p>, Value<'p>)>, PickleError> {
        let Some(Value::List(list)) = argument else { return Ok(Vec::new()) };
        let list = &self.heap.lists[list as usize];
        self.n_copied += list.len();
        if self.n_copied > self.input.bytes.len() {
            return Err(self.malformed("one list for one dictionary"));
        }
        list.iter()
            .map(|pair| {
                let items = match *pair {
                    Value::List(id) => &self.heap.lists[id as usize],
                    Value::Tuple(id) => &self.heap.tuples[id as usize],
                    _ => return Err(self.malformed("pairs of key and value")),
                };
                match items[..] {
                    [key, value] => Ok((key, value)),
                    _ => Err(self.malformed("pairs of key and value")),
                }
            })
            .collect()
    }

    /// `_rebuild_tensor_v2(storage, offset, shape, strides, …)`.
    fn tensor(&mut self, storage: u32, arguments: u32) -> Result<Value<'p>, PickleError> {
        let record = match self.heap.tuples[arguments as usize][..] {
            [_, Value::Int(offset), shape, strides, ..] => {
                match (usize::try_from(offset), self.sizes(shape), self.sizes(strides)) {
                    (Ok(offset), Some(shape), Some(strides)) if shape.len() == strides.len() => {
                        Some(TensorRecord { storage, offset, shape, strides })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let record =
            record.ok_or(self.malformed("a tensor's storage, offset, shape and strides"))?;
        Ok(Value::Tensor(push(&mut self.heap.tensors, record)))
    }

    fn sizes(&self, value: Value<'p>) -> Option<Vec<usize>> {
        let items = match value {
            Value::Tuple(id) => &self.heap.tuples[id as usize],
            Value::List(id) => &self.heap.lists[id as usize],
            _ => return None,
        };
        if items.len() > MAX_AXES {
            return None;
        }
        items
            .iter()
            .map(|item| match item {
                Value::Int(size) => usize::try_from(*size).ok(),
                _ => None,
            })
            .collect()
    }

    /// The persistent id `('storage', type, key, location, n_elements[, view])`.
    pub(super) fn storage(&mut self, id: Value<'p>) -> Result<Value<'p>, PickleError> {
        let Value::Tuple(tuple) = id else { return Err(self.malformed("a persistent id")) };
        let items = &self.heap.tuples[tuple as usize];
        let [
            Value::Text("storage"),
            kind,
            Value::Text(key),
            _,
            Value::Int(n_elements),
            ref rest @ ..,
        ] = items[..]
        else {
            // ('module', …): the source text of a pickled module, which nothing needs.
            return Ok(Value::Inert(None));
        };
        let Value::Global(kind) = kind else { return Err(self.malformed("a storage type")) };
        let (module, name) = self.heap.globals[kind as usize];
        let element = match known(module, name) {
            Some(Known::Storage(element)) => Some(element),
            _ => None,
        };
        let view = match rest.first() {
            Some(Value::Tuple(view)) => match self.heap.tuples[*view as usize][..] {
                [_, Value::Int(offset), Value::Int(length)] => {
                    usize::try_from(offset).ok().zip(usize::try_from(length).ok())
                }
                _ => return Err(self.malformed("a storage view")),
            },
            _ => None,
        };
        let n_elements =
            usize::try_from(n_elements).map_err(|_| self.malformed("a storage length"))?;
        let record = StorageRecord { key, element, n_elements, view };
        Ok(Value::Storage(push(&mut self.heap.storages, record)))
    }
}
