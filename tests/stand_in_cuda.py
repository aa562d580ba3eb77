"""A stand-in for a CUDA device, on the CPU, to run the code for GPUs where there is none.

All tensors keep lying in the host's memory; the stand-in remembers which of them are said to lie
on the device, and treats these as CUDA does:

- an operation on tensors of both sides is refused, except for copies, scalars and indices;
- so are ``numpy()`` of a tensor on the device, and a CPU generator that is to draw there;
- what makes the host wait for the device is noted, and refused while a graph is captured;
- a captured graph is the list of its operations, backward pass and optimizer included. A replay
  runs them again on the same memory, so a Python number that was read while capturing is fixed;
- where PyTorch is a build for CUDA, an operation that has no kernel for it is refused.

What it cannot show: speed, rounding, the order of streams, types of numbers that a kernel does not
take, and memory: neither how much there is, nor what a graph still owns.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves

CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)
aten = torch.ops.aten

WAITS = {
    aten._local_scalar_dense.default,
    aten.equal.default,
    aten.masked_select.default,
    aten.nonzero.default,
    aten.unique_dim.default,
    aten._unique2.default,
}
"""Operations whose result, or its size, the host has to know before it can go on."""

INDEXING = {aten.index.Tensor, aten.index_put_.default, aten.index_put.default}
"""Operations whose indices may lie on the host."""

MEMORY: dict[int, StorageWeakRef] = {}
"""What lies on the device; kept beyond one use of it, as modules keep constants there."""


class Operation(NamedTuple):
    """An operation of a captured graph, with the very tensors that it reads and writes."""

    call: Callable
    args: Any
    kwargs: Any
    result: Any

    def again(self, device: StandInCuda) -> None:
        """Run it once more, into the memory of the first time."""
        fresh = tensors_in(device.run(self.call, self.args, self.kwargs))
        for result, value in zip(tensors_in(self.result), fresh, strict=True):
            if storage_of(result)._cdata != storage_of(value)._cdata:
                result.copy_(value)


class StandInCuda:
    """The device: which memory is its own, what has waited for it, what is being captured.

    Attributes:
        waits: what has made the host wait, in order.
        free_bytes: the memory that it says is free.
        replays: how many graphs were replayed.
        waiting_refused: whether the sync debug mode is "error".
        capturing: the operations captured so far, None while nothing is captured.
        factory_device: where a tensor made of no other tensor lies just now.
        random_state: of the device's own generator.
        stream: what work is put on just now.
    """

    stream: Stream

    def __init__(self) -> None:
        self.waits: list[str] = []
        self.free_bytes = 2**40
        self.replays = 0
        self.waiting_refused = False
        self.capturing: list[Operation] | None = None
        self.factory_device = CPU
        self.seed(0)

    def holds(self, tensor: Tensor) -> bool:
        """Whether the tensor's memory is the device's."""
        reference = MEMORY.get(storage_of(tensor)._cdata)
        return reference is not None and not reference.expired()

    def take(self, result: Any) -> Any:
        """Count the tensors in a result as the device's own from now on; the result again."""
        for tensor in tensors_in(result):
            storage = storage_of(tensor)
            MEMORY[storage._cdata] = StorageWeakRef(storage)
        return result

    def seed(self, seed: int) -> None:
        """Seed the device's generator, as torch.cuda.manual_seed."""
        self.random_state = torch.Generator().manual_seed(seed).get_state()

    def set_sync_debug_mode(self, mode: int | str) -> None:
        """As torch.cuda.set_sync_debug_mode, without its warnings."""
        self.waiting_refused = mode in (2, "error")

    @contextlib.contextmanager
    def on_stream(self, stream: Stream) -> Iterator[None]:
        """As torch.cuda.stream."""
        before, self.stream = self.stream, stream
        try:
            yield
        finally:
            self.stream = before

    def run(self, call: Callable, args: tuple, kwargs: dict) -> Any:
        """An operation of the device; what is random in it comes from the device's generator."""
        if torch.Tag.nondeterministic_seeded not in call.tags:
            return call(*args, **kwargs)
        of_host = torch.default_generator.get_state()
        torch.default_generator.set_state(self.random_state)
        try:
            return call(*args, **kwargs)
        finally:
            self.random_state = torch.default_generator.get_state()
            torch.default_generator.set_state(of_host)

    def wait(self, what: str) -> None:
        """Note that the host waits for the device."""
        if self.capturing is not None:
            raise RuntimeError(f"operation not permitted when stream is capturing: {what}")
        if self.waiting_refused:
            raise RuntimeError(f"called a synchronizing CUDA operation: {what}")
        self.waits.append(what)


class OperationsSeen(TorchDispatchMode):
    """Sees every operation on memory, those of the backward pass and the optimizer too."""

    def __init__(self, device: StandInCuda) -> None:
        super().__init__()
        self.device = device

    def __torch_dispatch__(
        self, call: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = kwargs or {}
        inputs = tensors_in((args, kwargs))
        held = [self.device.holds(tensor) for tensor in inputs]
        if any(held):
            self._check(call, args, kwargs, all(held))
        on_device = any(held) if inputs else self.device.factory_device.type == "cuda"
        if on_device and lacks_kernel(call):
            raise NotImplementedError(f"Could not run '{call}' with arguments from CUDA")
        result = self.device.run(call, args, kwargs) if on_device else call(*args, **kwargs)
        if on_device and call is not aten.copy_.default:
            self.device.take(result)
        if self.device.capturing is not None:
            self.device.capturing.append(Operation(call, args, kwargs, result))
        return result

    def _check(self, call: Callable, args: tuple, kwargs: dict, all_held: bool) -> None:
        """Refuse, or note, what CUDA refuses or waits for."""
        if call in WAITS:
            self.device.wait(str(call))
        if call is aten.copy_.default:
            without_waiting = args[2] if len(args) > 2 else kwargs.get("non_blocking", False)
            if not all_held and not without_waiting:
                self.device.wait("a copy between host and device")
            return
        if kwargs.get("generator") is not None:
            raise RuntimeError(f"Expected a 'cuda' device type for generator in {call}")
        on_host = [tensor for tensor in tensors_in((args, kwargs)) if not self.device.holds(tensor)]
        if call in INDEXING:
            indices = tensors_in(args[1])
            if any(index.dtype == torch.bool for index in indices):
                self.device.wait(f"{call} with a mask")
            if any(index is tensor for index in indices for tensor in on_host):
                self.device.wait(f"{call} with an index on the host")
            on_host = [
                tensor for tensor in on_host if not any(tensor is index for index in indices)
            ]
        for tensor in on_host:
            if tensor.dim() > 0 or not any(tensor is argument for argument in args):
                raise RuntimeError(
                    f"Expected all tensors to be on the same device, but {call} got some on "
                    f"cuda:0 and one of shape {tuple(tensor.shape)} on the CPU"
                )


class DevicesTranslated(TorchFunctionMode):
    """Lets tensors say where they lie, move, and be made there."""

    def __init__(self, device: StandInCuda) -> None:
        super().__init__()
        self.device = device
        self._own = {
            Tensor.device.__get__: lambda tensor: CUDA if device.holds(tensor) else CPU,
            Tensor.is_cuda.__get__: device.holds,
            Tensor.is_cpu.__get__: lambda tensor: not device.holds(tensor),
            torch._C._nn._parse_to: torch._C._nn._parse_to,
            Tensor.to: self._to,
            Tensor.cpu: lambda tensor, *_, **__: self._to(tensor, CPU),
            Tensor.cuda: lambda tensor, *_, **__: self._to(tensor, CUDA),
            Tensor.numpy: self._numpy,
            Tensor.__array__: self._numpy,
            Tensor.tolist: self._tolist,
            Tensor.pin_memory: self._pin_memory,
            Tensor.__deepcopy__: self._deepcopy,
        }

    def __torch_function__(
        self, call: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if call in self._own:
            return self._own[call](*args, **kwargs)
        named = kwargs.pop("device", None)
        pinned = kwargs.pop("pin_memory", False)
        if named is None:
            where = CUDA if any(map(self.device.holds, tensors_in((args, kwargs)))) else CPU
        else:
            where = torch.device(named)
        if where.type == "cuda" and pinned:
            raise RuntimeError("Only dense CPU tensors can be pinned")
        if where.type == "cuda" and kwargs.get("generator") is not None:
            raise RuntimeError("Expected a 'cuda' device type for generator but found 'cpu'")
        if where.type == "cuda" and call in (torch.tensor, torch.as_tensor):
            self.device.wait("a copy of Python numbers to the device")
        before, self.device.factory_device = self.device.factory_device, where
        try:
            result = call(*args, **kwargs)
        finally:
            self.device.factory_device = before
        return self.device.take(result) if named and where.type == "cuda" else result

    def _to(self, tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Tensor.to, with or without a device among its arguments."""
        arguments = list(args)
        named = kwargs.pop("device", None)
        if arguments and isinstance(arguments[0], str | torch.device):
            named = arguments.pop(0)
        kwargs.update(zip(("dtype", "non_blocking", "copy"), arguments, strict=False))
        kwargs = {"dtype": tensor.dtype} | {k: v for k, v in kwargs.items() if v is not None}
        held = self.device.holds(tensor)
        to_device = held if named is None else torch.device(named).type == "cuda"
        if to_device == held:
            return tensor.to(**kwargs)
        if not kwargs.get("non_blocking"):
            self.device.wait("a copy between host and device")
        with _disable_current_modes():
            moved = tensor.to(**{**kwargs, "copy": True})
        return self.device.take(moved) if to_device else moved

    def _numpy(self, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
        if self.device.holds(tensor):
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        return Tensor.numpy(tensor, *args, **kwargs)

    def _tolist(self, tensor: Tensor) -> list:
        if self.device.holds(tensor):
            self.device.wait("tolist")
        return Tensor.tolist(tensor)

    def _pin_memory(self, tensor: Tensor) -> Tensor:
        if self.device.holds(tensor):
            raise RuntimeError("Only dense CPU tensors can be pinned")
        return tensor.clone()

    def _deepcopy(self, tensor: Tensor, memo: dict) -> Tensor:
        copied = Tensor.__deepcopy__(tensor, memo)
        return self.device.take(copied) if self.device.holds(tensor) else copied


class Event:
    """Stands for torch.cuda.Event."""

    def synchronize(self) -> None:
        """Nothing is ever under way."""


class Stream:
    """Stands for torch.cuda.Stream; what is put on it is done at once."""

    on: StandInCuda

    def __init__(self, device: torch.device | None = None) -> None:
        assert device is None or device.type == "cuda"

    def wait_stream(self, other: Stream) -> None:
        """Nothing to wait for."""
        assert isinstance(other, Stream)

    def wait_event(self, event: Event) -> None:
        """Nothing to wait for."""
        assert isinstance(event, Event)

    def record_event(self) -> Event:
        """An event that is over."""
        return Event()

    def is_capturing(self) -> bool:
        """Whether what is put on it goes into a graph."""
        return self.on.capturing is not None


class Graph:
    """Stands for torch.cuda.CUDAGraph."""

    on: StandInCuda

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def replay(self) -> None:
        """Run the captured operations on their memory."""
        self.on.replays += 1
        with torch.no_grad(), torch._C.DisableTorchFunction(), _disable_current_modes():
            for operation in self.operations:
                operation.again(self.on)


def tensors_in(values: Any) -> list[Tensor]:
    """The tensors in nested lists, tuples and dicts."""
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]


@cache
def lacks_kernel(call: Callable) -> bool:
    """Whether CUDA cannot run an operation; a build of PyTorch without CUDA does not know."""
    if torch.version.cuda is None:
        return False
    return not torch._C._dispatch_has_computed_kernel_for_dispatch_key(call.name(), "CUDA")


def storage_of(tensor: Tensor) -> Any:
    """The memory of a tensor, asked past the stand-in."""
    with torch._C.DisableTorchFunction():
        return tensor.untyped_storage()


@contextlib.contextmanager
def stand_in_cuda() -> Iterator[StandInCuda]:
    """A machine with a CUDA device, for as long as this is open."""
    device = StandInCuda()

    @contextlib.contextmanager
    def capture(graph: Graph) -> Iterator[None]:
        device.capturing = graph.operations
        try:
            yield
        finally:
            device.capturing = None

    graphs = type("GraphHere", (Graph,), {"on": device})
    streams = type("StreamHere", (Stream,), {"on": device})
    device.stream = streams()
    group = torch.optim.Optimizer._group_tensors_by_device_and_dtype

    def grouped(tensors: list, with_indices: bool = False) -> dict:
        return {
            (CUDA if device.holds(of_group[0][0]) else CPU, dtype): (of_group, indices)
            for (_, dtype), (of_group, indices) in group(tensors, with_indices).items()
        }

    def record_stream(tensor: Tensor, stream: Stream) -> None:
        assert device.holds(tensor)
        assert isinstance(stream, Stream)

    autocast = torch.autocast
    stands_for = {
        "_lazy_init": lambda: None,
        "is_available": lambda: True,
        "is_bf16_supported": lambda including_emulation=True: True,
        "get_sync_debug_mode": lambda: 2 * device.waiting_refused,
        "set_sync_debug_mode": device.set_sync_debug_mode,
        "get_device_name": lambda device=None: "a stand-in for a GPU",
        "mem_get_info": lambda where=None: (device.free_bytes, 2**40),
        "empty_cache": lambda: None,
        "synchronize": lambda where=None: device.wait("synchronize"),
        "device": lambda where: contextlib.nullcontext(),
        "manual_seed": device.seed,
        "get_rng_state": lambda where=None: device.random_state,
        "set_rng_state": lambda state, where=None: setattr(device, "random_state", state),
        "Stream": streams,
        "Event": Event,
        "stream": device.on_stream,
        "set_stream": lambda stream: setattr(device, "stream", stream),
        "current_stream": lambda where=None: device.stream,
        "CUDAGraph": graphs,
        "graph": capture,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in stands_for.items():
            patch.setattr(torch.cuda, name, stand_in)
        patch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: CUDA)
        patch.setattr(torch.accelerator, "current_stream", lambda where=None: device.stream)
        patch.setattr(torch, "autocast", lambda device_type, *a, **k: autocast("cpu", *a, **k))
        patch.setattr(
            torch.optim.Optimizer, "_group_tensors_by_device_and_dtype", staticmethod(grouped)
        )
        patch.setattr(Tensor, "record_stream", record_stream)
        with OperationsSeen(device), DevicesTranslated(device):
            yield device
