#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports the networks that Axplorer must open, with seeded random weights, through TorchScript (trace and script) and ONNX.

    export_networks.py OUT [--set small|full|fixtures|quantized] [--only NAME,...] [--opsets 9,11,13,16] [--dynamo 18,20] [--no-script] [--fixed-batch]

--opsets are those of the exporter that traces, --dynamo those of the exporter on torch.export (PyTorch 2.6 and later, with onnxscript).
--fixed-batch leaves a batch of 1 in what the exporter that traces writes.

OUT receives one folder per network: model files, x.npy (a batch of 2), y.npy (what PyTorch computes), activations/PATH.npy (outputs of the
modules by their path, for the comparison node by node), and OUT/manifest.json: [{name, format, file, folder, input_shape, macs}] or
with "error" where PyTorch itself cannot export. `macs` counts, for one sample, what PyTorch computes; every one of them has to be a site.
The set "quantized" quantizes with ONNX Runtime (package onnxruntime): QDQ, QOperator and dynamic form; there y.npy is what ONNX Runtime computes
in integers, so the real numbers of the same network agree within the "tolerance" of the entry only.
Needs PyTorch 1.13 or later, torchvision and NumPy (Debian: python3-torch, python3-torchvision); networks of timm where it is installed.
"""
import argparse
import contextlib
import inspect
import json
import math
import os
import sys
import warnings

import numpy as np
import torch
import torchvision
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

warnings.filterwarnings("ignore")


class Lstm(nn.Module):
    """A classifier of rows of an image, or of any sequence [N, T, I]."""

    def __init__(self, kind, inputs=12, hidden=16, layers=2, bidirectional=True, classes=10):
        super().__init__()
        self.rnn = kind(inputs, hidden, layers, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.Linear(hidden * (2 if bidirectional else 1), classes)

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.fc(y[:, -1])


class UNet(nn.Module):
    def __init__(self, width=8, bilinear=False):
        super().__init__()

        def block(a, b):
            return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True),
                                 nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True))

        self.down1, self.down2, self.bottom = block(3, width), block(width, 2 * width), block(2 * width, 4 * width)
        self.pool = nn.MaxPool2d(2)
        up = (lambda a, b: nn.Sequential(nn.Upsample(scale_factor=2.0, mode="bilinear", align_corners=False), nn.Conv2d(a, b, 1))) \
            if bilinear else (lambda a, b: nn.ConvTranspose2d(a, b, 2, stride=2))
        self.up2, self.up1 = up(4 * width, 2 * width), up(2 * width, width)
        self.right2, self.right1 = block(4 * width, 2 * width), block(2 * width, width)
        self.head = nn.Conv2d(width, 2, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        c = self.bottom(self.pool(b))
        y = self.right2(torch.cat([b, self.up2(c)], 1))
        y = self.right1(torch.cat([a, self.up1(y)], 1))
        return self.head(y)


class Vae(nn.Module):
    """A variational auto-encoder in evaluation: the mean is decoded."""

    def __init__(self, width=8, latent=6):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, width, 4, 2, 1), nn.ReLU(), nn.Conv2d(width, 2 * width, 4, 2, 1), nn.ReLU(), nn.Flatten())
        self.mean, self.spread = nn.Linear(2 * width * 49, latent), nn.Linear(2 * width * 49, latent)
        self.unfold = nn.Linear(latent, 2 * width * 49)
        self.decoder = nn.Sequential(nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(width, 1, 4, 2, 1), nn.Sigmoid())
        self.width = width

    def forward(self, x):
        h = self.encoder(x)
        z = self.mean(h)
        if self.training:
            z = z + torch.randn_like(z) * (0.5 * self.spread(h)).exp()
        return self.decoder(self.unfold(z).view(-1, 2 * self.width, 7, 7))


class Generator(nn.Module):
    """A DCGAN generator."""

    def __init__(self, latent=16, width=8):
        super().__init__()
        layers, channels = [], [latent, 4 * width, 2 * width, width]
        for i in range(3):
            layers += [nn.ConvTranspose2d(channels[i], channels[i + 1], 4, 1 if i == 0 else 2, 0 if i == 0 else 1, bias=False),
                       nn.BatchNorm2d(channels[i + 1]), nn.ReLU(True)]
        self.net = nn.Sequential(*layers, nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.net(z.view(z.size(0), z.size(1), 1, 1))


class FusedAttention(nn.Module):
    """Attention as timm writes it: one qkv projection, heads split by reshape and permute; optionally windows with a relative bias."""

    window: torch.jit.Final[int]

    def __init__(self, width=16, heads=4, window=None):
        super().__init__()
        self.heads, self.window, self.scale = heads, window or 0, (width // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.bias_table = self.bias_index = None
        if window:
            self.bias_table = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
            place = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
            relative = (place[:, :, None] - place[:, None, :]).permute(1, 2, 0) + window - 1
            self.bias_index = nn.Parameter(relative[..., 0] * (2 * window - 1) + relative[..., 1], requires_grad=False)

    def forward(self, x):
        shape = x.shape
        n = shape[1]
        if self.window > 0:
            w = self.window
            b, h, v, c = shape
            x = x.view(b, h // w, w, v // w, w, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, w * w, c)
            n = w * w
        c = x.shape[2]
        qkv = self.qkv(x).reshape(-1, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v3 = qkv.unbind(0)
        a = (q * self.scale) @ k.transpose(-2, -1)
        if self.bias_table is not None:
            a = a + self.bias_table[self.bias_index.view(-1)].view(n, n, -1).permute(2, 0, 1).unsqueeze(0)
        x = (a.softmax(dim=-1) @ v3).transpose(1, 2).reshape(-1, n, c)
        x = self.proj(x)
        if self.window > 0:
            w = self.window
            b, h, v = shape[0], shape[1], shape[2]
            x = x.view(b, h // w, v // w, w, w, -1).permute(0, 1, 3, 2, 4, 5).reshape(b, h, v, -1)
        return x


class Attention(nn.Module):
    def __init__(self, window=None):
        super().__init__()
        self.norm, self.attn, self.fc = nn.LayerNorm(16), FusedAttention(window=window), nn.Linear(16, 5)

    def forward(self, x):
        return self.fc(x + self.attn(self.norm(x)))


class MultiheadAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.attn, self.fc = nn.LayerNorm(16), nn.MultiheadAttention(16, 4, batch_first=True), nn.Linear(16, 5)

    def forward(self, x):
        y = self.norm(x)
        return self.fc(x + self.attn(y, y, y, need_weights=False)[0])


class Branches(nn.Module):
    """Control flow that folds away: loops over shapes, lists of tensors, settings, in-place arithmetic."""

    def __init__(self, wide: bool = True):
        super().__init__()
        self.wide = wide
        self.convs = nn.ModuleList([nn.Conv2d(3 + 2 * i, 2, 3, padding=1) for i in range(3)])
        self.fc = nn.Linear(9, 4)

    def forward(self, x):
        features = [x]
        for conv in self.convs:
            y = conv(torch.cat(features, 1))
            if self.wide and y.size(2) > 4:
                y = torch.relu_(y)
            features.append(y)
        total = torch.cat(features, 1)
        total += 0.5
        total = total.mean([2, 3])
        for i in range(total.dim()):
            total = total * (1.0 + i)
        return self.fc(total.view(total.size(0), -1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = nn.Conv2d(6, 6, 3, 1, 1, groups=2, bias=False), nn.BatchNorm2d(6)
        self.relu, self.pool, self.drop, self.fc = nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Dropout(), nn.Linear(6, 5)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(x + self.bn2(self.conv2(x)))
        return self.fc(self.drop(torch.flatten(self.pool(x), 1)))


def tiny_vit():
    return torchvision.models.VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=64, num_classes=10)


def tiny_swin():
    return torchvision.models.SwinTransformer(patch_size=[2, 2], embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4], num_classes=10)


def micro_swin():
    return torchvision.models.SwinTransformer(patch_size=[2, 2], embed_dim=8, depths=[2], num_heads=[2], window_size=[2, 2], num_classes=5)


def tiny_convnext():
    setting = torchvision.models.convnext.CNBlockConfig
    return torchvision.models.ConvNeXt([setting(16, 32, 1), setting(32, None, 1)], num_classes=10)


def library(name):
    return lambda: getattr(torchvision.models, name)(weights=None)


def small_vit():
    """ViT-S/16 as torchvision writes vision transformers."""
    return torchvision.models.VisionTransformer(image_size=224, patch_size=16, num_layers=12, num_heads=6, hidden_dim=384, mlp_dim=1536)


def timm_network(name):
    def build():
        import timm  # optional: its networks are listed only where it is installed
        return timm.create_model(name, pretrained=False)
    return build


def has_timm():
    try:
        import timm  # noqa: F401
        return True
    except ImportError:
        return False


FIXTURES = {
    "residual": (Residual, (3, 9, 9)),
    "branches": (Branches, (3, 6, 6)),
    "fused-attention": (Attention, (6, 16)),
    "window-attention": (lambda: Attention(window=3), (6, 6, 16)),
    "multihead-attention": (MultiheadAttention, (6, 16)),
    "lstm": (lambda: Lstm(nn.LSTM, 6, 5), (4, 6)),
    "gru": (lambda: Lstm(nn.GRU, 6, 5, 1, False), (4, 6)),
    "unet": (lambda: UNet(2), (3, 8, 8)),
    "generator": (lambda: Generator(4, 2), (4,)),
    "swin-micro": (micro_swin, (3, 8, 8)),
    "upsampling": (lambda: nn.Sequential(nn.Conv2d(2, 3, 1), nn.Upsample(scale_factor=2.0, mode="bilinear", align_corners=False), nn.Conv2d(3, 2, 3)), (2, 5, 5)),
}
SMALL = {
    **FIXTURES,
    "vae": (Vae, (1, 28, 28)),
    "unet-bilinear": (lambda: UNet(4, True), (3, 16, 16)),
    "vit-tiny": (tiny_vit, (3, 32, 32)),
    "swin-tiny": (tiny_swin, (3, 32, 32)),
    "convnext-tiny": (tiny_convnext, (3, 32, 32)),
    "squeezenet1_1": (library("squeezenet1_1"), (3, 64, 64)),
    "shufflenet_v2_x0_5": (library("shufflenet_v2_x0_5"), (3, 64, 64)),
    "mobilenet_v3_small": (library("mobilenet_v3_small"), (3, 64, 64)),
}
FULL = {
    **{name: (library(name), (3, 224, 224)) for name in (
        "resnet50", "densenet121", "vgg19", "squeezenet1_0", "shufflenet_v2_x1_0", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0",
        "convnext_tiny", "swin_s")},
    "vit_s_16": (small_vit, (3, 224, 224)),
    "inception_v3": (lambda: torchvision.models.inception_v3(weights=None, init_weights=False), (3, 299, 299)),
    "lstm": (lambda: Lstm(nn.LSTM, 28, 128), (28, 28)),
    "gru": (lambda: Lstm(nn.GRU, 28, 128), (28, 28)),
    "unet": (lambda: UNet(32), (3, 128, 128)),
    "vae": (lambda: Vae(32, 20), (1, 28, 28)),
    "generator": (lambda: Generator(100, 64), (100,)),
}
if has_timm():
    FULL.update({name + ".timm": (timm_network(name), (3, 224, 224)) for name in (
        "vit_small_patch16_224", "deit_small_patch16_224", "swin_small_patch4_window7_224", "gcvit_xxtiny")})


class MacCounter(TorchDispatchMode):
    """Counts the multiplications of the matrix products and convolutions that PyTorch carries out."""

    def __init__(self):
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        name = str(function)
        if name.startswith("aten.convolution"):
            transposed = args[6]
            self.macs += (args[0] if transposed else result).numel() * math.prod(args[1].shape[1:])
        elif name.startswith(("aten.mm", "aten.bmm")):
            self.macs += result.numel() * args[0].shape[-1]
        elif name.startswith(("aten.addmm", "aten.baddbmm")):
            self.macs += result.numel() * args[1].shape[-1]
        elif "attention" in name or "mkldnn_rnn" in name:
            raise RuntimeError(f"{name} multiplies where nothing counts it")
        return result


@contextlib.contextmanager
def counted_apart():
    """Attention and recurrent layers as products that MacCounter sees, not as one operator."""
    with contextlib.ExitStack() as stack:
        if hasattr(torch.nn, "attention"):
            stack.enter_context(torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH))
        stack.enter_context(torch.backends.mkldnn.flags(enabled=False))
        yield


def randomise(model):
    """Weights that keep activations in range, and no parameter that does nothing: heads and biases of zeros, scales of ones or 1e-6 would hide
    what an importer does to them."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (nn.BatchNorm2d,)):
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
                module.bias.normal_(0, 0.1, generator=generator).abs_()  # a rectifier behind it must not end everything
        for name, parameter in model.named_parameters():
            if not parameter.is_floating_point() or parameter.numel() < 2 or (parameter != parameter.flatten()[0]).any():
                continue
            scales = parameter.flatten()[0] != 0
            if scales:
                parameter.uniform_(0.8, 1.2, generator=generator)
            else:
                parameter.normal_(0, 0.1, generator=generator)


def first_tensor(output):
    while isinstance(output, (tuple, list)):
        output = output[0]
    return output


def activations(model, x):
    found, hooks = {}, []

    def remember(path):
        def hook(_module, _inputs, output):
            output = first_tensor(output)
            if torch.is_tensor(output) and path not in found:
                found[path] = output.detach().clone().numpy()
        return hook

    for path, module in model.named_modules():
        if path and not list(module.children()):
            hooks.append(module.register_forward_hook(remember(path)))
    with torch.no_grad():
        y = first_tensor(model(x))
    for hook in hooks:
        hook.remove()
    return y.numpy(), found


def export(name, build, shape, out, arguments):
    torch.manual_seed(1)
    model = build().eval()
    randomise(model)
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    x = torch.randn((2,) + shape, generator=torch.Generator().manual_seed(3))
    y, found = activations(model, x)
    np.save(os.path.join(folder, "x.npy"), x.numpy())
    np.save(os.path.join(folder, "y.npy"), y)
    if arguments.set == "small" or arguments.only:
        os.makedirs(os.path.join(folder, "activations"), exist_ok=True)
        for path, value in found.items():
            np.save(os.path.join(folder, "activations", path + ".npy"), value)
    counter = MacCounter()
    with counted_apart(), counter:  # with gradients, so that attention is not fused
        model(x)
    entries = []

    def attempt(form, file, action):
        entry = {"name": name, "format": form, "folder": name, "file": file, "input_shape": list(shape), "macs": counter.macs // 2}
        try:
            action(os.path.join(folder, file))
        except Exception as error:  # PyTorch's own limits are part of the table
            entry["error"] = str(error).strip().split("\n")[0][:200]
        entries.append(entry)

    example = x[:1]
    if arguments.script:
        with torch.no_grad():
            attempt("trace", "traced.pt", lambda path: torch.jit.trace(model, example, check_trace=False).save(path))
            attempt("script", "scripted.pt", lambda path: torch.jit.script(model).save(path))
    traced = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    for opset in arguments.opsets:
        def to_onnx(path, opset=opset):
            torch.onnx.export(model, example, path, opset_version=opset, input_names=["input"], output_names=["output"],
                              dynamic_axes=None if arguments.fixed_batch else {"input": {0: "N"}, "output": {0: "N"}}, **traced)
        attempt(f"onnx {opset}", f"opset{opset}.onnx", to_onnx)
    for opset in arguments.dynamo:
        def to_dynamo(path, opset=opset):
            torch.onnx.export(model, (x,), path, opset_version=opset, dynamo=True, verbose=False,
                              dynamic_shapes=({0: torch.export.Dim("N")},))
        attempt(f"dynamo {opset}", f"dynamo{opset}.onnx", to_dynamo)
    return entries


class Readings:
    """Calibration samples as ONNX Runtime reads them."""

    def __init__(self, samples):
        self.left = [{"input": sample[None].numpy()} for sample in samples]

    def get_next(self):
        return self.left.pop() if self.left else None


def export_quantized(out):
    import onnxruntime
    from onnxruntime import quantization as q
    entries = []
    for name, build, shape in (("quantized-residual", Residual, (3, 9, 9)), ("quantized-attention", Attention, (6, 16))):
        torch.manual_seed(1)
        model = build().eval()
        randomise(model)
        folder = os.path.join(out, name)
        os.makedirs(folder, exist_ok=True)
        x = torch.randn((2,) + shape, generator=torch.Generator().manual_seed(3))
        np.save(os.path.join(folder, "x.npy"), x.numpy())
        counter = MacCounter()
        with counted_apart(), counter:
            model(x)
        source = os.path.join(folder, "float.onnx")
        torch.onnx.export(model, x[:1], source, opset_version=13, input_names=["input"], output_names=["output"],
                          dynamic_axes={"input": {0: "N"}, "output": {0: "N"}}, **({"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}))
        samples = torch.randn((16,) + shape, generator=torch.Generator().manual_seed(5))
        static = lambda path, form, activations: q.quantize_static(source, path, Readings(samples), quant_format=form, activation_type=activations,
                                                                   weight_type=q.QuantType.QInt8, per_channel=True)
        forms = {"qdq-uint8": lambda path: static(path, q.QuantFormat.QDQ, q.QuantType.QUInt8), "qdq-int8": lambda path: static(path, q.QuantFormat.QDQ, q.QuantType.QInt8),
                 "qoperator": lambda path: static(path, q.QuantFormat.QOperator, q.QuantType.QUInt8),
                 "dynamic": lambda path: q.quantize_dynamic(source, path, weight_type=q.QuantType.QInt8)}
        for form, action in forms.items():
            file = form + ".onnx"
            action(os.path.join(folder, file))
            session = onnxruntime.InferenceSession(os.path.join(folder, file))
            np.save(os.path.join(folder, form + ".y.npy"), session.run(None, {"input": x.numpy()})[0])
            entries.append({"name": name, "format": "onnx " + form, "folder": name, "file": file, "output": form + ".y.npy", "input_shape": list(shape),
                            "macs": counter.macs // 2, "tolerance": 0.1})
        os.remove(source)
    return entries


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out")
    parser.add_argument("--set", default="small", choices=("small", "full", "fixtures", "quantized"))
    parser.add_argument("--only", default="")
    numbers = lambda text: [int(number) for number in text.split(",") if number]
    parser.add_argument("--opsets", default="9,11,13,16", type=numbers)
    parser.add_argument("--dynamo", default="", type=numbers)
    parser.add_argument("--no-script", dest="script", action="store_false")
    parser.add_argument("--fixed-batch", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    networks = {"small": SMALL, "full": FULL, "fixtures": FIXTURES, "quantized": {}}[arguments.set]
    only = [name for name in arguments.only.split(",") if name]
    manifest = export_quantized(arguments.out) if arguments.set == "quantized" else []
    for name, (build, shape) in networks.items():
        if only and name not in only:
            continue
        print(name, file=sys.stderr, flush=True)
        manifest += export(name, build, shape, arguments.out, arguments)
    with open(os.path.join(arguments.out, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
