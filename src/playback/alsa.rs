//! ALSA, by its shared library, so that neither building nor starting the program needs it.

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::ptr::{self, NonNull};

use libloading::Library;

use super::device::{BUFFER_S, DEVICE_RATE_HZ};
use super::{DeviceError, Input, Output};

const PLAYBACK: c_int = 0;
const CAPTURE: c_int = 1;
/// How much sound is read at once, in samples.
const N_READ: usize = DEVICE_RATE_HZ as usize / 25;
/// `f32` in the byte order of the machine.
const FLOAT: c_int = if cfg!(target_endian = "little") { 14 } else { 15 };
const INTERLEAVED: c_int = 3;
/// The state of a device that was unplugged.
const DISCONNECTED: c_int = 8;

type ErrorHandler = extern "C" fn(*const c_char, c_int, *const c_char, c_int, *const c_char);

/// The functions that are used, as the library's header declares them.
struct Functions {
    open: unsafe extern "C" fn(*mut *mut c_void, *const c_char, c_int, c_int) -> c_int,
    set_params:
        unsafe extern "C" fn(*mut c_void, c_int, c_int, c_uint, c_uint, c_int, c_uint) -> c_int,
    write: unsafe extern "C" fn(*mut c_void, *const c_void, c_ulong) -> c_long,
    read: unsafe extern "C" fn(*mut c_void, *mut c_void, c_ulong) -> c_long,
    recover: unsafe extern "C" fn(*mut c_void, c_int, c_int) -> c_int,
    delay: unsafe extern "C" fn(*mut c_void, *mut c_long) -> c_int,
    discard: unsafe extern "C" fn(*mut c_void) -> c_int,
    prepare: unsafe extern "C" fn(*mut c_void) -> c_int,
    state: unsafe extern "C" fn(*mut c_void) -> c_int,
    close: unsafe extern "C" fn(*mut c_void) -> c_int,
    message: unsafe extern "C" fn(c_int) -> *const c_char,
}

/// The device that ALSA calls default.
pub(super) struct Alsa {
    pcm: Pcm,
    is_resting: bool,
}

/// The device that ALSA calls default and that hears.
pub(super) struct AlsaInput {
    pcm: Pcm,
}

/// An open device.
struct Pcm {
    functions: Functions,
    device: NonNull<c_void>,
}

// SAFETY: the library lets any thread use a device, one at a time, and `&Pcm` gives no way to change it.
unsafe impl Send for Pcm {}

impl Alsa {
    /// Opens the default device.
    ///
    /// # Errors
    /// If the library is not installed, or has no such device.
    pub(super) fn open() -> Result<Self, DeviceError> {
        Ok(Self { pcm: Pcm::open(PLAYBACK)?, is_resting: true })
    }
}

impl AlsaInput {
    /// Opens the default device.
    ///
    /// # Errors
    /// As for [`Alsa::open`].
    pub(super) fn open() -> Result<Self, DeviceError> {
        Ok(Self { pcm: Pcm::open(CAPTURE)? })
    }
}

impl Pcm {
    fn open(direction: c_int) -> Result<Self, DeviceError> {
        let functions = Functions::load()?;
        let mut device = ptr::null_mut();
        // SAFETY: both pointers are valid for the call, and the name ends with zero.
        let code = unsafe { (functions.open)(&raw mut device, c"default".as_ptr(), direction, 0) };
        functions.check(code.into())?;
        let device = NonNull::new(device).ok_or_else(|| DeviceError::new("no device"))?;
        let pcm = Self { functions, device };
        let latency_us = (BUFFER_S * 1e6) as c_uint;
        // SAFETY: the device is open until `pcm` is dropped.
        let code = unsafe {
            (pcm.functions.set_params)(
                pcm.device.as_ptr(),
                FLOAT,
                INTERLEAVED,
                /* channels */ 1,
                DEVICE_RATE_HZ,
                /* soft_resample */ 1,
                latency_us,
            )
        };
        pcm.functions.check(code.into())?;
        Ok(pcm)
    }

    /// Passes on the count of a transfer. Where a transfer failed, the device is put right, and the count is 0; but not where this
    /// is the fourth time in turn.
    fn transferred(&self, n: c_long, n_recovered: &mut u32) -> Result<usize, DeviceError> {
        if let Ok(n) = usize::try_from(n) {
            return Ok(n);
        }
        if *n_recovered == 3 {
            self.functions.check(n)?;
        }
        *n_recovered += 1;
        // SAFETY: the device is open.
        let code = unsafe { (self.functions.recover)(self.device.as_ptr(), n as c_int, 1) };
        self.functions.check(code.into())?;
        Ok(0)
    }
}

impl Output for Alsa {
    fn name(&self) -> String {
        "default device (ALSA)".to_owned()
    }

    fn sample_rate_hz(&self) -> u32 {
        DEVICE_RATE_HZ
    }

    fn write(&mut self, samples: &[f32]) -> Result<(), DeviceError> {
        self.is_resting = false;
        let mut rest = samples;
        let mut n_recovered = 0;
        while !rest.is_empty() {
            // SAFETY: the device is open, and `rest` holds as many frames of one channel as are named.
            let n = unsafe {
                (self.pcm.functions.write)(
                    self.pcm.device.as_ptr(),
                    rest.as_ptr().cast(),
                    rest.len() as c_ulong,
                )
            };
            let n = self.pcm.transferred(n, &mut n_recovered)?;
            rest = rest.get(n..).unwrap_or_default();
        }
        Ok(())
    }

    fn latency_s(&self) -> f64 {
        let mut n_frames = 0;
        // SAFETY: the device is open, and the pointer valid for the call.
        let code =
            unsafe { (self.pcm.functions.delay)(self.pcm.device.as_ptr(), &raw mut n_frames) };
        if code < 0 { BUFFER_S } else { n_frames.max(0) as f64 / f64::from(DEVICE_RATE_HZ) }
    }

    fn rest(&mut self) -> Result<(), DeviceError> {
        if self.is_resting {
            // SAFETY: the device is open.
            let state = unsafe { (self.pcm.functions.state)(self.pcm.device.as_ptr()) };
            return if state == DISCONNECTED {
                Err(DeviceError::new("disconnected"))
            } else {
                Ok(())
            };
        }
        self.is_resting = true;
        // SAFETY: the device is open.
        let code = unsafe {
            (self.pcm.functions.discard)(self.pcm.device.as_ptr());
            (self.pcm.functions.prepare)(self.pcm.device.as_ptr())
        };
        self.pcm.functions.check(code.into())
    }
}

impl Input for AlsaInput {
    fn name(&self) -> String {
        "default device (ALSA)".to_owned()
    }

    fn sample_rate_hz(&self) -> u32 {
        DEVICE_RATE_HZ
    }

    fn read(&mut self) -> Result<Vec<f32>, DeviceError> {
        let mut samples = vec![0.0_f32; N_READ];
        let mut n_recovered = 0;
        loop {
            // SAFETY: the device is open, and `samples` has room for as many frames of one channel as are named.
            let n = unsafe {
                (self.pcm.functions.read)(
                    self.pcm.device.as_ptr(),
                    samples.as_mut_ptr().cast(),
                    samples.len() as c_ulong,
                )
            };
            let n = self.pcm.transferred(n, &mut n_recovered)?;
            if n > 0 {
                samples.truncate(n);
                return Ok(samples);
            }
        }
    }
}

impl Drop for Pcm {
    fn drop(&mut self) {
        // SAFETY: the device is open, and nobody uses it after this.
        unsafe { (self.functions.close)(self.device.as_ptr()) };
    }
}

impl Functions {
    fn load() -> Result<Self, DeviceError> {
        let missing = |error: libloading::Error| DeviceError::new(error.to_string());
        // SAFETY: this is the system's own library, whose initialization is what any program that links it runs.
        let library = unsafe { Library::new("libasound.so.2") }.map_err(missing)?;
        // It stays loaded: its plugins may keep threads that would outlive it.
        let library: &'static Library = Box::leak(Box::new(library));
        // SAFETY: the types are those of the header of this version of the library. The handler is declared with a variable number of
        // arguments, of which it is passed at least five; it reads none.
        unsafe {
            let set_handler = library
                .get::<unsafe extern "C" fn(ErrorHandler) -> c_int>(b"snd_lib_error_set_handler\0")
                .map_err(missing)?;
            set_handler(keep_quiet);
            Ok(Self {
                open: *library.get(b"snd_pcm_open\0").map_err(missing)?,
                set_params: *library.get(b"snd_pcm_set_params\0").map_err(missing)?,
                write: *library.get(b"snd_pcm_writei\0").map_err(missing)?,
                read: *library.get(b"snd_pcm_readi\0").map_err(missing)?,
                recover: *library.get(b"snd_pcm_recover\0").map_err(missing)?,
                delay: *library.get(b"snd_pcm_delay\0").map_err(missing)?,
                discard: *library.get(b"snd_pcm_drop\0").map_err(missing)?,
                prepare: *library.get(b"snd_pcm_prepare\0").map_err(missing)?,
                state: *library.get(b"snd_pcm_state\0").map_err(missing)?,
                close: *library.get(b"snd_pcm_close\0").map_err(missing)?,
                message: *library.get(b"snd_strerror\0").map_err(missing)?,
            })
        }
    }

    /// The library's own words for a negative code.
    fn check(&self, code: c_long) -> Result<(), DeviceError> {
        if code >= 0 {
            return Ok(());
        }
        // SAFETY: the answer is a text that is never freed.
        let message = unsafe { CStr::from_ptr((self.message)(code as c_int)) };
        Err(DeviceError::new(message.to_string_lossy()))
    }
}

/// What the library would print is said by the codes that it returns.
extern "C" fn keep_quiet(
    _file: *const c_char,
    _line: c_int,
    _function: *const c_char,
    _code: c_int,
    _format: *const c_char,
) {
}
