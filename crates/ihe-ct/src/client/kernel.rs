//! The machine's clock, slewed through the kernel (feature `adjust`, Linux, needs CAP_SYS_TIME).

use super::resident::Steer;
use clock_steering::Clock;
use clock_steering::unix::UnixClock;

/// CLOCK_REALTIME, run faster or slower by adjtimex(2). It is never stepped.
#[derive(Debug)]
pub struct KernelClock {
    clock: UnixClock,
    /// The frequency found at the start, parts per million: ours is added to it.
    base: f64,
}

impl KernelClock {
    /// Takes the clock over: the kernel's own loop is switched off, its frequency stays. No other program may
    /// discipline the clock meanwhile. Fails without CAP_SYS_TIME.
    pub fn take() -> std::io::Result<KernelClock> {
        let clock = UnixClock::CLOCK_REALTIME;
        let base = clock.get_frequency().map_err(std::io::Error::other)?;
        clock
            .disable_kernel_ntp_algorithm()
            .map_err(std::io::Error::other)?;
        Ok(KernelClock { clock, base })
    }
}

impl Steer for KernelClock {
    fn run_faster_by(&mut self, rate: f64) -> std::io::Result<()> {
        let ppm = (self.base + rate * 1e6).clamp(-500.0, 500.0);
        let set = self.clock.set_frequency(ppm);
        set.map(drop).map_err(std::io::Error::other)
    }
}
