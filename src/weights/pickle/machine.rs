//! The stack machine.

use std::collections::HashMap;

use super::PickleError;
use super::globals::is_forbidden;
use super::input::Input;
use super::opcode::*;
use super::value::{Heap, Pickle, Value};

/// The longest pickle that is read. The pickle of a checkpoint holds names and shapes, never tensor data; a real one is under 1 MB.
pub(in crate::weights) const MAX_PICKLE_BYTES: usize = 16 << 20;

/// The most values on the stack. Picklers write containers in batches of 1000.
const MAX_STACK: usize = 1 << 18;

impl<'p> Pickle<'p> {
    /// Runs the pickle at the start of `bytes`; what follows it is left alone.
    ///
    /// # Errors
    /// The bytes are no pickle of protocol 2 to 5, end early, or name something that runs code.
    pub(in crate::weights) fn parse(bytes: &'p [u8]) -> Result<Self, PickleError> {
        let bytes = &bytes[..bytes.len().min(MAX_PICKLE_BYTES)];
        let mut machine = Machine::new(bytes);
        loop {
            machine.start = machine.input.position;
            let opcode = machine.input.u8()?;
            if opcode == STOP {
                let root = machine.pop()?;
                return Ok(Self { root, length: machine.input.position, heap: machine.heap });
            }
            machine.step(opcode)?;
            if machine.stack.len() > MAX_STACK || machine.marks.len() > MAX_STACK {
                return Err(PickleError::TooDeep { limit: MAX_STACK, offset: machine.start });
            }
        }
    }
}

pub(super) struct Machine<'p> {
    pub(super) input: Input<'p>,
    /// Where the instruction under way starts.
    start: usize,
    stack: Vec<Value<'p>>,
    /// Stack heights at which a `MARK` was set.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'p>>,
    pub(super) heap: Heap<'p>,
    /// Pairs copied out of lists, bounded so that naming one list many times cannot use quadratic memory.
    pub(super) n_copied: usize,
}

impl<'p> Machine<'p> {
    fn new(bytes: &'p [u8]) -> Self {
        Self {
            input: Input { bytes, position: 0 },
            start: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            heap: Heap::default(),
            n_copied: 0,
        }
    }

    fn step(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            PROTO => match self.input.u8()? {
                2..=5 => {}
                found => return Err(PickleError::Protocol { found }),
            },
            FRAME => {
                self.input.length(8)?;
            }
            MARK => self.marks.push(self.stack.len()),
            POP => drop(self.pop()?),
            POP_MARK => drop(self.pop_to_mark()?),
            DUP => {
                let top = self.peek()?;
                self.stack.push(top);
            }

            NONE | NEWTRUE | NEWFALSE => self.stack.push(Value::Inert(None)),
            BINFLOAT => {
                self.input.take(8)?;
                self.stack.push(Value::Inert(None));
            }
            BININT => {
                let int = i32::from_le_bytes(self.input.array()?);
                self.stack.push(Value::Int(int.into()));
            }
            BININT1 => {
                let int = self.input.u8()?;
                self.stack.push(Value::Int(int.into()));
            }
            BININT2 => {
                let int = u16::from_le_bytes(self.input.array()?);
                self.stack.push(Value::Int(int.into()));
            }
            LONG1 => self.long(1)?,
            LONG4 => self.long(4)?,

            SHORT_BINSTRING | SHORT_BINUNICODE => self.text(1)?,
            BINSTRING | BINUNICODE => self.text(4)?,
            BINUNICODE8 => self.text(8)?,
            SHORT_BINBYTES => self.bytes(1)?,
            BINBYTES => self.bytes(4)?,
            BINBYTES8 | BYTEARRAY8 => self.bytes(8)?,

            EMPTY_LIST | EMPTY_SET => {
                let list = push(&mut self.heap.lists, Vec::new());
                self.stack.push(Value::List(list));
            }
            APPEND => {
                let item = self.pop()?;
                self.extend_list(vec![item])?;
            }
            APPENDS | ADDITEMS => {
                let items = self.pop_to_mark()?;
                self.extend_list(items)?;
            }
            EMPTY_TUPLE => self.tuple(0)?,
            TUPLE1 => self.tuple(1)?,
            TUPLE2 => self.tuple(2)?,
            TUPLE3 => self.tuple(3)?,
            TUPLE => {
                let items = self.pop_to_mark()?;
                let tuple = push(&mut self.heap.tuples, items);
                self.stack.push(Value::Tuple(tuple));
            }
            EMPTY_DICT => {
                let dict = push(&mut self.heap.dicts, Vec::new());
                self.stack.push(Value::Dict(dict));
            }
            SETITEM => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.extend_dict(&[key, value])?;
            }
            SETITEMS => {
                let items = self.pop_to_mark()?;
                self.extend_dict(&items)?;
            }
            FROZENSET => {
                self.pop_to_mark()?;
                self.stack.push(Value::Inert(None));
            }

            BINPUT => {
                let index = self.input.u8()?;
                self.memoize(index.into())?;
            }
            LONG_BINPUT => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.memoize(index)?;
            }
            MEMOIZE => self.memoize(self.memo.len() as u32)?,
            BINGET => {
                let index = self.input.u8()?;
                self.recall(index.into())?;
            }
            LONG_BINGET => {
                let index = u32::from_le_bytes(self.input.array()?);
                self.recall(index)?;
            }

            GLOBAL => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                let global = self.global(module, name)?;
                self.stack.push(Value::Global(global));
            }
            STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (module, name) else {
                    return Err(self.malformed("a module and a name, both text"));
                };
                let global = self.global(module, name)?;
                self.stack.push(Value::Global(global));
            }
            INST => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                let global = self.global(module, name)?;
                self.pop_to_mark()?;
                self.stack.push(Value::Inert(Some(global)));
            }
            REDUCE => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let result = self.call(callable, arguments)?;
                self.stack.push(result);
            }
            NEWOBJ => {
                let (_, class) = (self.pop()?, self.pop()?);
                let object = self.new_object(class);
                self.stack.push(object);
            }
            NEWOBJ_EX => {
                let (_, _, class) = (self.pop()?, self.pop()?, self.pop()?);
                let object = self.new_object(class);
                self.stack.push(object);
            }
            // The state of an object: attributes, which no tensor is.
            BUILD => drop(self.pop()?),
            BINPERSID => {
                let id = self.pop()?;
                let storage = self.storage(id)?;
                self.stack.push(storage);
            }
            opcode => return Err(PickleError::Opcode { opcode, offset: self.start }),
        }
        Ok(())
    }

    fn global(&mut self, module: &'p str, name: &'p str) -> Result<u32, PickleError> {
        let id = push(&mut self.heap.globals, (module, name));
        if is_forbidden(module, name) {
            return Err(PickleError::Forbidden { name: self.heap.global_name(id) });
        }
        Ok(id)
    }

    fn extend_list(&mut self, mut items: Vec<Value<'p>>) -> Result<(), PickleError> {
        match self.peek()? {
            Value::List(id) => self.heap.lists[id as usize].append(&mut items),
            Value::Inert(_) => {}
            _ => return Err(self.malformed("a list")),
        }
        Ok(())
    }

    fn extend_dict(&mut self, items: &[Value<'p>]) -> Result<(), PickleError> {
        let (pairs, odd) = items.as_chunks::<2>();
        match self.peek()? {
            Value::Dict(id) if odd.is_empty() => {
                self.heap.dicts[id as usize]
                    .extend(pairs.iter().map(|[key, value]| (*key, *value)));
            }
            Value::Inert(_) => {}
            _ => return Err(self.malformed("a dictionary and whole pairs")),
        }
        Ok(())
    }

    fn tuple(&mut self, n: usize) -> Result<(), PickleError> {
        let floor = self.floor();
        let start = self.stack.len().checked_sub(n).filter(|start| *start >= floor);
        let start = start.ok_or(self.malformed("more values"))?;
        let items = self.stack.split_off(start);
        let tuple = push(&mut self.heap.tuples, items);
        self.stack.push(Value::Tuple(tuple));
        Ok(())
    }

    fn memoize(&mut self, index: u32) -> Result<(), PickleError> {
        let top = self.peek()?;
        self.memo.insert(index, top);
        Ok(())
    }

    fn recall(&mut self, index: u32) -> Result<(), PickleError> {
        let value = self.memo.get(&index).copied();
        self.stack.push(value.ok_or(self.malformed("a value memoized before"))?);
        Ok(())
    }

    /// The stack height below which the innermost mark forbids to reach.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn peek(&self) -> Result<Value<'p>, PickleError> {
        let top = self.stack.get(self.floor()..).and_then(<[_]>::last).copied();
        top.ok_or(self.malformed("a value on the stack"))
    }

    fn pop(&mut self) -> Result<Value<'p>, PickleError> {
        let top = self.peek()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value<'p>>, PickleError> {
        let mark = self.marks.pop().ok_or(self.malformed("a mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn long(&mut self, width: usize) -> Result<(), PickleError> {
        let length = self.input.length(width)?;
        let digits = self.input.take(length)?;
        self.stack.push(match digits.len() {
            0 => Value::Int(0),
            n @ 1..=8 => {
                let sign = if digits[n - 1] & 0x80 == 0 { 0 } else { 0xff };
                let mut extended = [sign; 8];
                extended[..n].copy_from_slice(digits);
                Value::Int(i64::from_le_bytes(extended))
            }
            _ => Value::Long(digits),
        });
        Ok(())
    }

    fn text(&mut self, width: usize) -> Result<(), PickleError> {
        let length = self.input.length(width)?;
        let bytes = self.input.take(length)?;
        // Text with lone surrogates, or Python 2 bytes: no tensor has such a name.
        self.stack.push(std::str::from_utf8(bytes).map_or(Value::Inert(None), Value::Text));
        Ok(())
    }

    fn bytes(&mut self, width: usize) -> Result<(), PickleError> {
        let length = self.input.length(width)?;
        self.input.take(length)?;
        self.stack.push(Value::Inert(None));
        Ok(())
    }

    pub(super) fn malformed(&self, expected: &'static str) -> PickleError {
        PickleError::Malformed { expected, offset: self.start }
    }
}

/// Adds to an arena and gives the index. A pickle of at most 16 MiB cannot hold more than `u32::MAX` of anything.
pub(super) fn push<T>(arena: &mut Vec<T>, item: T) -> u32 {
    arena.push(item);
    (arena.len() - 1) as u32
}
