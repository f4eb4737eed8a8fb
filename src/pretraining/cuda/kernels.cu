// What candle lacks, or does in many launches, for training on an NVIDIA GPU. Every sum has a fixed order, so that equal
// inputs give equal bits. All arrays are contiguous and row-major, of fewer than 2^31 values: 64-bit divisions would take longer than
// all the rest.

// x where positive, e^x - 1 elsewhere.
extern "C" __global__ void elu(const float *x, float *y, const unsigned n) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] > 0.0f ? x[i] : expm1f(x[i]);
}

// The gradient of its input from that of its result.
extern "C" __global__ void elu_gradient(const float *gradient, const float *y, float *of_x, const unsigned n) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) of_x[i] = y[i] > 0.0f ? gradient[i] : gradient[i] * (y[i] + 1.0f);
}

// x[row, channel] + bias[channel].
extern "C" __global__ void add_bias(const float *x, const float *bias, float *y, const unsigned n, const int width) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] + bias[i % (unsigned)width];
}

// x[row, channel] -> sum over `rows_per_block` rows each: sums[block, channel]. As many threads a block as fit whole rows
// walk down the rows together; then one thread a channel adds what they found.
extern "C" __global__ void sum_rows(const float *x, float *sums, const int n_rows, const int width, const int rows_per_block) {
    extern __shared__ float found[];
    const int lanes = max(1, (int)blockDim.x / width);
    const int first = blockIdx.x * rows_per_block;
    const int last = min(n_rows, first + rows_per_block);
    for (int tile = 0; tile < width; tile += blockDim.x) {
        const int at = tile + threadIdx.x;
        const int channel = lanes > 1 ? threadIdx.x % width : at;
        const int lane = lanes > 1 ? threadIdx.x / width : 0;
        float sum = 0.0f;
        if (channel < width && lane < lanes) {
            for (int row = first + lane; row < last; row += lanes) sum += x[(long long)row * width + channel];
        }
        found[threadIdx.x] = sum;
        __syncthreads();
        if (lane == 0 && channel < width) {
            for (int other = 1; other < lanes; other++) sum += found[other * width + channel];
            sums[(long long)blockIdx.x * width + channel] = sum;
        }
        __syncthreads();
    }
}

// Which frame of a signal stands at a padded place, or -1: `left` frames are mirrored before it, and what lies after the frame
// `last` is mirrored there.
__device__ int source(const int padded, const int n_frames, const int left, const int last) {
    const int at = abs(padded - left);
    const int mirrored = padded >= left && at > last ? 2 * last - at : at;
    return mirrored >= 0 && mirrored < n_frames ? mirrored : -1;
}

// x[item, frame, channel] -> y[item, window, place, channel].
extern "C" __global__ void windows(
    const float *x, float *y, const unsigned n,
    const unsigned n_frames, const unsigned n_channels, const unsigned n_windows, const unsigned kernel, const int stride, const int left, const int last
) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const unsigned at = i / n_channels, row = at / kernel, item = row / n_windows;
    const int channel = i - at * n_channels, place = at - row * kernel, window = row - item * n_windows;
    const int frame = source(window * stride + place, n_frames, left, last);
    y[i] = frame < 0 ? 0.0f : x[((long long)item * n_frames + frame) * n_channels + channel];
}

// What the windows of one item hold at a padded place, summed.
__device__ float at_place(
    const float *x, const int padded, const int channel, const int n_channels, const int n_windows, const int kernel, const int stride
) {
    if (padded < 0) return 0.0f;
    const int first = padded < kernel ? 0 : (padded - kernel) / stride + 1;
    const int last = min(n_windows - 1, padded / stride);
    float sum = 0.0f;
    for (int window = first; window <= last; window++) {
        sum += x[((long long)window * kernel + padded - window * stride) * n_channels + channel];
    }
    return sum;
}

// The adjoint of `windows`: x[item, window, place, channel] -> y[item, frame, channel].
extern "C" __global__ void overlap(
    const float *x, float *y, const unsigned n,
    const unsigned n_frames, const unsigned n_channels, const unsigned n_windows, const unsigned kernel, const int stride, const int left, const int last
) {
    const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    const unsigned at = i / n_channels, number = at / n_frames;
    const int channel = i - at * n_channels, frame = at - number * n_frames;
    const float *item = x + (long long)number * n_windows * kernel * n_channels;
    float sum = at_place(item, left + frame, channel, n_channels, n_windows, kernel, stride);
    if (frame > 0 && frame <= left) sum += at_place(item, left - frame, channel, n_channels, n_windows, kernel, stride);
    if (frame < last && last < 0x3fffffff) {
        sum += at_place(item, left + 2 * last - frame, channel, n_channels, n_windows, kernel, stride);
    }
    y[i] = sum;
}

// The sum over the 32 threads of a warp, in every one of them.
__device__ float over_warp(float x) {
    for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffff, x, step);
    return x;
}

// Mean and reciprocal deviation of a row, by one warp.
__device__ void moments(const float *row, const int width, const float epsilon, float &mean, float &scale) {
    float sum = 0.0f;
    for (int i = threadIdx.x; i < width; i += 32) sum += row[i];
    mean = over_warp(sum) / width;
    sum = 0.0f;
    for (int i = threadIdx.x; i < width; i += 32) sum += (row[i] - mean) * (row[i] - mean);
    scale = rsqrtf(over_warp(sum) / width + epsilon);
}

// (x - mean) / deviation * weight, row by row; a warp a row, blocks of [32, rows].
extern "C" __global__ void layer_norm(
    const float *x, const float *weight, float *y, const int n_rows, const int width, const float epsilon
) {
    const int row = blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= n_rows) return;
    const float *from = x + (long long)row * width;
    float mean, scale;
    moments(from, width, epsilon, mean, scale);
    for (int i = threadIdx.x; i < width; i += 32) y[(long long)row * width + i] = (from[i] - mean) * scale * weight[i];
}

// The gradient of x: (h - mean h - x^ mean(h x^)) / deviation with h = gradient * weight and x^ the normalized row.
extern "C" __global__ void layer_norm_gradient(
    const float *x, const float *weight, const float *gradient, float *of_x, const int n_rows, const int width, const float epsilon
) {
    const int row = blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= n_rows) return;
    const long long at = (long long)row * width;
    float mean, scale;
    moments(x + at, width, epsilon, mean, scale);
    float sum = 0.0f, along = 0.0f;
    for (int i = threadIdx.x; i < width; i += 32) {
        const float h = gradient[at + i] * weight[i];
        sum += h;
        along += h * (x[at + i] - mean) * scale;
    }
    sum = over_warp(sum) / width;
    along = over_warp(along) / width;
    for (int i = threadIdx.x; i < width; i += 32) {
        const float h = gradient[at + i] * weight[i];
        of_x[at + i] = (h - sum - (x[at + i] - mean) * scale * along) * scale;
    }
}

// gradient * x^, whose sum over rows is the gradient of the weight.
extern "C" __global__ void layer_norm_weight_gradient(
    const float *x, const float *gradient, float *of_weight, const int n_rows, const int width, const float epsilon
) {
    const int row = blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= n_rows) return;
    const long long at = (long long)row * width;
    float mean, scale;
    moments(x + at, width, epsilon, mean, scale);
    for (int i = threadIdx.x; i < width; i += 32) of_weight[at + i] = gradient[at + i] * (x[at + i] - mean) * scale;
}

// One recurrent layer, a block an item: x[frame, item, 4 unit] -> states[frame, item, 6 unit], which are the gates i, f, g, o after
// their functions, the cells, and h. `recurrent` is [unit, 4 unit].
extern "C" __global__ void lstm(
    const float *x, const float *recurrent, float *states, const int n_frames, const int n_items, const int n_units
) {
    extern __shared__ float room[];
    const int item = blockIdx.x, width = 4 * n_units;
    float *h = room, *cells = room + n_units, *gates = room + 2 * n_units;
    for (int unit = threadIdx.x; unit < n_units; unit += blockDim.x) h[unit] = cells[unit] = 0.0f;
    __syncthreads();
    for (int frame = 0; frame < n_frames; frame++) {
        const float *in = x + ((long long)frame * n_items + item) * width;
        for (int i = threadIdx.x; i < width; i += blockDim.x) {
            float sum = in[i];
#pragma unroll 8
            for (int unit = 0; unit < n_units; unit++) sum += recurrent[(long long)unit * width + i] * h[unit];
            gates[i] = i / n_units == 2 ? tanhf(sum) : 1.0f / (1.0f + expf(-sum));
        }
        __syncthreads();
        float *out = states + ((long long)frame * n_items + item) * 6 * n_units;
        for (int unit = threadIdx.x; unit < n_units; unit += blockDim.x) {
            const float cell = gates[n_units + unit] * cells[unit] + gates[unit] * gates[2 * n_units + unit];
            cells[unit] = cell;
            h[unit] = gates[3 * n_units + unit] * tanhf(cell);
            for (int gate = 0; gate < 4; gate++) out[gate * n_units + unit] = gates[gate * n_units + unit];
            out[4 * n_units + unit] = cell;
            out[5 * n_units + unit] = h[unit];
        }
        __syncthreads();
    }
}

// Back through time, a block an item: the gradient of h -> that of x. `weight` is [4 unit, unit]; blocks of `parts` times `n_units`
// threads, of which each group adds its part of the gates.
extern "C" __global__ void lstm_gradient(
    const float *states, const float *gradient, const float *weight, float *of_x, const int n_frames, const int n_items, const int n_units
) {
    extern __shared__ float room[];
    const int item = blockIdx.x, width = 4 * n_units, parts = blockDim.x / n_units;
    const int unit = threadIdx.x % n_units, part = threadIdx.x / n_units;
    float *of_gates = room, *sums = room + width;
    float of_hidden = 0.0f, of_cell_later = 0.0f;
    for (int frame = n_frames - 1; frame >= 0; frame--) {
        const long long at = (long long)frame * n_items + item;
        if (part == 0) {
            const float *state = states + at * 6 * n_units + unit;
            const float i = state[0], f = state[n_units], g = state[2 * n_units], o = state[3 * n_units];
            const float before = frame > 0 ? state[4 * n_units - (long long)n_items * 6 * n_units] : 0.0f;
            const float t = tanhf(state[4 * n_units]);
            const float of_h = of_hidden + gradient[at * n_units + unit];
            const float of_cell = of_cell_later + of_h * o * (1.0f - t * t);
            of_gates[unit] = of_cell * g * i * (1.0f - i);
            of_gates[n_units + unit] = of_cell * before * f * (1.0f - f);
            of_gates[2 * n_units + unit] = of_cell * i * (1.0f - g * g);
            of_gates[3 * n_units + unit] = of_h * t * o * (1.0f - o);
            of_cell_later = of_cell * f;
            for (int gate = 0; gate < 4; gate++) of_x[at * width + gate * n_units + unit] = of_gates[gate * n_units + unit];
        }
        __syncthreads();
        float sum = 0.0f;
        const int last = (part + 1) * width / parts;
#pragma unroll 8
        for (int gate = part * width / parts; gate < last; gate++) sum += of_gates[gate] * weight[(long long)gate * n_units + unit];
        sums[threadIdx.x] = sum;
        __syncthreads();
        if (part == 0) {
            of_hidden = 0.0f;
            for (int other = 0; other < parts; other++) of_hidden += sums[other * n_units + unit];
        }
        __syncthreads();
    }
}
